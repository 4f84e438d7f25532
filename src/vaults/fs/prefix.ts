import { realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { codeOf, SettingError } from '../../errors.ts';
import { explainFolder, noFolder } from './explain.ts';

/** The folder that names are looked up in, and the one that no file may lie outside. */
export type Prefix = {
  readonly path: string;
  /** The real path of the configured prefix, or of the reference's own where none is configured. */
  readonly bound: string;
};

/**
 * The prefix in force. A reference may narrow the configured one, by a folder inside it, and never leave it: else one
 * reference could name every file of the container. Throws SettingError, and AccessRefusedError for a locked folder.
 */
export function findPrefix(inForce: string | undefined, configured: string | undefined): Prefix {
  if (inForce === undefined) {
    throw new SettingError('the fs vault has no prefix', {
      hint: 'set KONG_VAULT_FS_PREFIX to the folder that holds the secrets, such as /run/secrets/kong',
    });
  }
  const path = resolve(inForce);
  const outer = resolve(configured ?? inForce);
  const bound = realFolder(outer);
  if (isInside(realFolder(path), bound)) return { path, bound };
  throw new SettingError(`the prefix ${path} of the reference is not inside ${outer}, the configured prefix`, {
    hint: 'a reference may name a folder inside the configured prefix (KONG_VAULT_FS_PREFIX); to read elsewhere, configure it',
  });
}

/** Whether a path, without `..` in it, is this folder or below it. */
export function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

function realFolder(path: string): string {
  try {
    const real = realpathSync.native(path);
    if (statSync(real).isDirectory()) return real;
  } catch (error) {
    throw explainFolder(path, codeOf(error));
  }
  throw noFolder(path);
}
