import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asServer } from './network.ts';
import type { Undo } from './situation.ts';

/** A disk of 4 MiB that only the server sees. */
const SCRIPT = 'mount -t tmpfs -o size=4m,mode=1777 tmpfs "$0" && install -d -o 65534 -g 65534 "$0/space" && exec "$@"';

/** Words before a server's program with which it has a folder of its own on a small disk. */
export function serverWithSmallDisk(after: Undo): { readonly folder: string; readonly within: readonly string[] } {
  const mount = mkdtempSync(join(tmpdir(), 'small-disk-'));
  after(() => rmSync(mount, { recursive: true }));
  const within = ['/usr/bin/unshare', '--mount', '/bin/sh', '-c', SCRIPT, mount, ...asServer()];
  return { folder: join(mount, 'space'), within };
}
