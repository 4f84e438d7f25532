import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { codeOf } from '../errors.ts';

/** A socket in the folder that its starter listens on: it tells a living one from a dead one also where process ids mean nothing, as from another container. */
const SIGN = 'starter';

/** Shows that the folder is in use, until the server is closed or this process ends, however it ends. */
export function signOfLife(folder: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy()).unref();
  const { promise, resolve } = Promise.withResolvers<Server>();
  // Where no socket can be made the folder has no sign, and stays when we are killed.
  server.once('error', () => resolve(server));
  server.listen(join(folder, SIGN), () => resolve(server));
  return promise;
}

/** Removes the folders with these first letters whose starter was killed. What cannot be removed stays; it is in nobody's way. */
export async function removeAbandoned(start: string): Promise<void> {
  for (const folder of foldersOf(start)) {
    if (await isAbandoned(folder)) removeQuietly(folder);
  }
}

/** Those of this user: in `/tmp` anybody may make a folder of any name. */
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

/** A socket that nobody listens on any more refuses; a folder without one may be just being made. */
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
    // Told nowhere: the start has its own folder, and goes on.
  }
}
