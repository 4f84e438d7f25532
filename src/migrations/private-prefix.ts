import { mkdtempSync, rmSync } from 'node:fs';
import { codeOf, SystemRefusedError } from '../errors.ts';
import { removeAbandoned, signOfLife } from './abandoned-prefixes.ts';

/** Kong's command line writes to `/tmp` whatever `TMPDIR` says, so the prefix may as well be there. */
const FOLDER = '/tmp/kong-entrypoint-';

/**
 * Gives the action a throw-away folder as its Kong prefix: mode 0700, for even migrations write certificates and keys under it.
 * The folder is removed whatever happens, and where this process is killed, by the next one that needs a folder. Throws SystemRefusedError where none can be made.
 */
export async function withPrivatePrefix<T>(action: (prefix: string) => Promise<T>): Promise<T> {
  await removeAbandoned(FOLDER);
  const prefix = makeFolder();
  const sign = await signOfLife(prefix);
  try {
    return await action(prefix);
  } finally {
    sign.close();
    rmSync(prefix, { recursive: true, force: true, maxRetries: 3 });
  }
}

function makeFolder(): string {
  try {
    return mkdtempSync(FOLDER);
  } catch (cause) {
    throw new SystemRefusedError(`no folder for kong migrations can be made in /tmp (${codeOf(cause)})`, {
      hint: "Kong's command line needs a writable /tmp: mount a tmpfs there when the root file system is read-only",
      cause,
    });
  }
}
