import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { codeOf } from '../errors.ts';

/** A socket in the folder, on which its starter listens. It shows whether that start is alive even where process ids mean nothing, as between containers. */
const SIGN = 'starter';

/** Marks the folder as in use until the server is closed or this process ends, for whatever reason. */
export function signOfLife(folder: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy()).unref();
  const { promise, resolve } = Promise.withResolvers<Server>();
  // Where no socket can be made the folder has no sign, and stays when we are killed.
  server.once('error', () => resolve(server));
  server.listen(join(folder, SIGN), () => resolve(server));
  return promise;
}

/** Removes the folders with this prefix whose starter was killed. A folder that cannot be removed stays and does no harm. */
export async function removeAbandoned(start: string): Promise<void> {
  for (const folder of foldersOf(start)) {
    if (await isAbandoned(folder)) removeQuietly(folder);
  }
}

/** Only those of this user: in `/tmp` anyone may create a folder of any name. */
function foldersOf(start: string): string[] {
  try {
    const folders = readdirSync(dirname(start)).map((name) => join(dirname(start), name));
    return folders.filter((folder) => folder.startsWith(start) && isOwnFolder(folder));
  } catch {
    return [];
  }
}

function isOwnFolder(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats?.isDirectory() === true && stats.uid === process.getuid?.();
}

/** A socket refuses once nobody listens on it. A folder without a socket may have been created this moment. */
function isAbandoned(folder: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(join(folder, SIGN));
  socket.once('connect', () => resolve(false)).once('error', (error) => resolve(codeOf(error) === 'ECONNREFUSED'));
  return promise.finally(() => socket.destroy());
}

function removeQuietly(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // Not reported: the start has its own folder and goes on.
  }
}
