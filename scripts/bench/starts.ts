import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Contender, Places } from './contender.ts';
import type { Scene } from './scene.ts';

/** A start as most are, and one without the image's script, for counting what they make. */
export function countedStarts(scene: Scene, { binary }: Places): readonly [warm: Contender, native: Contender] {
  const bin = join(scene.folder, 'ends-at-once');
  mkdirSync(bin, { recursive: true });
  // What `kong prepare` and nginx make is theirs. These leave what is looked for, and end.
  const prepare = '#!/bin/sh\n[ "$1" = prepare ] || exit 0\nmkdir -p "$3/logs"\n';
  writeFileSync(join(bin, 'kong'), prepare, { mode: 0o755 });
  writeFileSync(join(bin, 'nginx'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  const environment = { ...scene.environment, PATH: `${bin}${delimiter}${scene.environment['PATH'] ?? ''}` };
  return [
    {
      name: 'warm start',
      words: [binary, '--handover', 'references', '--program', scene.program, 'kong', 'docker-start'],
      environment: () => scene.environment,
    },
    {
      name: 'native start',
      words: [binary, '--handover', 'references', '--start', 'native', '--migrations', 'off', 'kong', 'docker-start'],
      environment: () => environment,
    },
  ];
}
