import { rmSync } from 'node:fs';
import { makeTemporaryFolder, TEMPORARY } from '../process/temporary-folder.ts';
import { removeAbandoned, signOfLife } from './abandoned-prefixes.ts';

/**
 * Gives the action a throw-away folder as its Kong prefix: mode 0700, for even migrations write certificates and keys under it.
 * The folder is removed whatever happens, and where this process is killed, by the next one that needs a folder. Throws SystemRefusedError where none can be made.
 */
export async function withPrivatePrefix<T>(action: (prefix: string) => Promise<T>): Promise<T> {
  await removeAbandoned(TEMPORARY);
  const prefix = makeTemporaryFolder();
  const sign = await signOfLife(prefix);
  try {
    return await action(prefix);
  } finally {
    sign.close();
    rmSync(prefix, { recursive: true, force: true, maxRetries: 3 });
  }
}
