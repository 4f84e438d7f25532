import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { World } from '../world/world.ts';
import type { Variables } from './how-to-start.ts';

export type KongScripts = {
  /** What `kong` does when it is not asked for migrations; lines of sh. */
  readonly otherwise: string;
  /** What `kong migrations` does before the stand-in's takes over; lines of sh. */
  readonly migrations?: string;
};

/** The same variables, with a PATH on which `kong` is this script; its migrations are the stand-in's. */
export function withKongThat(world: World, environment: Variables, { otherwise, migrations = '' }: KongScripts) {
  const bin = join(world.folder, 'kong-that', 'bin');
  writeProgram(
    join(bin, 'kong'),
    `#!/bin/sh
for word in "$@"; do
  if [ "$word" = migrations ]; then
${migrations}
    exec '${world.kong.kong}' "$@"
  fi
done
${otherwise}
`,
  );
  return { ...environment, PATH: `${bin}:${environment['PATH']}` };
}

export function writeProgram(path: string, text: string): string {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, 0o755);
  return path;
}
