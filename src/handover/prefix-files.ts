import { lstatSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { posix } from 'node:path';
import { codeOf, SystemRefusedError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Preparation } from './native-target.ts';

type Prefix = Pick<Preparation, 'kongPrefix' | 'effects'>;

/** Kong's logs in the prefix, and which of the container's streams they are. */
const logLinks: Readonly<Record<string, string>> = {
  'access.log': '/dev/stdout',
  'admin_access.log': '/dev/stdout',
  'error.log': '/dev/stderr',
};

/**
 * Removes the sockets that a Kong which was killed left behind, for a new one cannot bind to them. Hidden files are left alone. Returns
 * the paths removed. Throws SystemRefusedError where one cannot be removed.
 */
export function removeDanglingSockets({ kongPrefix, effects }: Prefix): string[] {
  const sockets = effects.socketFolders.flatMap((folder) => listSockets(posix.join(kongPrefix, folder)));
  for (const path of sockets) attempt(`the dangling socket ${path} cannot be removed`, () => rmSync(path));
  return sockets;
}

function listSockets(folder: string): string[] {
  return listVisible(folder)
    .map((name) => posix.join(folder, name))
    .filter((path) => isSocket(path));
}

function listVisible(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => !name.startsWith('.'));
  } catch {
    return [];
  }
}

/** A link to a socket counts as one, as for `test -S`. What cannot be looked at is none. */
function isSocket(path: string): boolean {
  try {
    return statSync(path).isSocket();
  } catch {
    return false;
  }
}

/** Removes the folder of pid files in a prefix that outlived its Kong. Throws SystemRefusedError where that is refused. */
export function removePids(folder: string, log: Log): undefined {
  attempt(`${folder} cannot be removed`, () => rmSync(folder, { recursive: true, force: true }));
  log.info(`${folder} is not there any more, without rm`);
}

/** Makes Kong's logs in the prefix links to the streams of the container. Throws SystemRefusedError where that is refused. */
export function linkLogs({ kongPrefix, effects }: Prefix): void {
  for (const [name, stream] of Object.entries(logLinks)) {
    const log = posix.join(kongPrefix, 'logs', name);
    const path = isFolder(log, effects.replacesLinksToFolders) ? posix.join(log, posix.basename(stream)) : log;
    attempt(`${path} cannot be made a link to ${stream}`, () => {
      rmSync(path, { force: true });
      symlinkSync(stream, path);
    });
  }
}

/** `ln` puts the link into what is a folder; with `-n` a link to one is none. */
function isFolder(path: string, replacesLinks: boolean): boolean {
  try {
    return (replacesLinks ? lstatSync(path) : statSync(path)).isDirectory();
  } catch {
    return false;
  }
}

function attempt(refusal: string, action: () => void): void {
  try {
    action();
  } catch (cause) {
    throw new SystemRefusedError(`${refusal} (${codeOf(cause)})`, {
      subject: 'KONG_PREFIX',
      hint: "Kong's prefix must be a folder that the user of the container may write to, with all that is in it",
      cause,
    });
  }
}
