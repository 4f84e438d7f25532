import { statSync } from 'node:fs';
import { join } from 'node:path';
import { textOf } from '../option-value.ts';
import type { SecretLocation, Vault, VaultBackend, VaultOptionValues } from '../vault.ts';
import { openFiles } from './fetch.ts';

const folderForm = { pattern: /^\/[^\0]*$/, accepted: 'the absolute path of a folder, such as /run/secrets/kong' };

/** The `fs` backend: a secret is a file below `prefix`. Enterprise, since 3.15. */
export const fsBackend: VaultBackend = {
  options: [{ name: 'prefix', type: 'string', configuredAs: 'configured_prefix', form: folderForm }],
  locate: locateFile,
  async open(options: VaultOptionValues): Promise<Vault> {
    return openFiles(options);
  },
  async forecast(options, { secretId }) {
    const path = join(textOf(options, 'prefix') ?? '<no prefix is set>', secretId);
    return { endpoint: `file ${path}`, authentication: 'the user of the container' };
  },
};

/**
 * Kong's pages read `{vault://fs/db/password.txt}` from the file `db/password.txt`, although the last part of a path
 * is a key. So where `db` is a folder, in which there is no key to look up, the key is the name of a file in it.
 */
function locateFile(location: SecretLocation, options: VaultOptionValues): SecretLocation {
  const { secretId, secretKey } = location;
  const prefix = textOf(options, 'prefix');
  if (prefix === undefined || secretKey === undefined || !isFolder(join(prefix, secretId))) return location;
  return { secretId: `${secretId}/${secretKey}` };
}

/** False also where it cannot be looked at: reading it later says why. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
