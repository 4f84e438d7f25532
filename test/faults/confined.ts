import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { program } from './scene.ts';

/** The program and a Node for what plays Kong, in a folder that is not under /tmp: it is still there when something else is mounted on /tmp. */
export type Elsewhere = {
  readonly folder: string;
  readonly words: readonly string[];
  readonly node: string;
  remove(): void;
};

/** From now on temporary folders of this process are not under /tmp either. */
export function moveOutOfTmp(): Elsewhere {
  process.env['TMPDIR'] = '/var/tmp';
  const folder = mkdtempSync(join(tmpdir(), 'faults-'));
  chmodSync(folder, 0o755);
  const node = join(folder, 'node');
  copyFileSync(process.execPath, node);
  const file = program?.words.at(-1) ?? '';
  const copy = join(folder, 'kong-entrypoint.cjs');
  copyFileSync(file, copy);
  for (const path of [node, copy]) chmodSync(path, 0o755);
  return {
    folder,
    words: program?.name === 'bundle' ? [node, copy] : [copy],
    node,
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** A mount namespace of its own, so that what is mounted in it ends with it. */
export const ownMounts: readonly string[] = [
  'unshare',
  '--mount',
  ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']),
];
