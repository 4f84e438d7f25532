import type { Contender, Group, Places } from '../contender.ts';
import type { Scene } from '../scene.ts';

/** Many references, to a vault 50 ms away. All are dereferenced for the hand-over, and no database is touched. */
export function manyReferences(scene: Scene, { binary }: Places): Group {
  const row = (name: string, secrets: number, references: number): Contender => ({
    name,
    words: [
      binary,
      ...['--migrations', 'off', '--handover', 'values'],
      ...['--program', scene.program, 'kong', 'docker-start'],
    ],
    environment: () => scene.distant(secrets, references),
    proof: new RegExp(`${references} references? .*, ${secrets} secrets? from aws`),
  });
  return {
    title: 'References to a vault that takes 50 ms for an answer',
    contenders: [
      row('1 reference', 1, 1),
      row('20 references to 1 secret', 1, 20),
      row('12 references to 12 secrets', 12, 12),
      row('20 references to 12 secrets', 12, 20),
    ],
    notMeasured: [],
  };
}
