import type { Contender, Group, Places } from '../contender.ts';
import { findPrograms } from '../peers.ts';
import type { Scene } from '../scene.ts';

/** Nothing to do but to become the program: what an empty program on the same runtime takes, and what the lightest programs do. */
export function execOnly(scene: Scene, { binary, empty, floor }: Places): Group {
  const environment = (): Scene['environment'] => scene.environment;
  const { found, notMeasured } = findPrograms(['tini', 'dumb-init', 'gosu'], scene.environment['PATH'] ?? '');
  const peers = found.map(({ name, path }): Contender => {
    const words = [path, ...(name === 'gosu' ? [String(process.getuid?.() ?? 0)] : ['--']), scene.program] as const;
    return { name: `${name}: exec`, words, environment, isOptional: true };
  });
  return {
    title: 'Nothing to do: exec at once',
    contenders: [
      { name: 'an empty program on the same runtime', words: [empty], environment },
      { name: 'kong-entrypoint: exec', words: [binary, scene.program], environment },
      ...(floor === undefined
        ? []
        : [{ name: 'a C program that only executes', words: [floor, scene.program] as const, environment }]),
      { name: 'a shell that only executes', words: ['/bin/sh', '-c', 'exec "$0"', scene.program], environment },
      ...peers,
    ],
    notMeasured: [
      ...notMeasured,
      ...(floor === undefined ? ['a C program that only executes: no C compiler (cc) is here'] : []),
    ],
  };
}
