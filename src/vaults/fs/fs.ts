import { statSync } from 'node:fs';
import { join } from 'node:path';
import { SettingError } from '../../errors.ts';
import { Secret } from '../../secret.ts';
import { textOf } from '../text-of.ts';
import type { SecretLocation, SecretName, Vault, VaultBackend, VaultOptionValues } from '../vault.ts';
import { findPrefix } from './prefix.ts';
import { readSecretFile } from './secret-file.ts';

const folderForm = { pattern: /^\/[^\0]*$/, accepted: 'the absolute path of a folder, such as /run/secrets/kong' };

/** The `fs` backend: a secret is a file below `prefix`. Enterprise, since 3.15. */
export const fsBackend: VaultBackend = {
  options: [{ name: 'prefix', type: 'string', configuredAs: 'configured_prefix', form: folderForm }],
  locate: locateFile,
  async open(options: VaultOptionValues): Promise<Vault> {
    const prefix = findPrefix(textOf(options, 'prefix'), textOf(options, 'configured_prefix'));
    return {
      async fetch(name) {
        refuseVersion(name);
        return new Secret(readSecretFile(name.secretId, prefix));
      },
    };
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

/** What cannot be looked at is no folder here; reading it then says why. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function refuseVersion({ version }: SecretName): void {
  if (version === undefined || Number(version) === 1) return;
  throw new SettingError('the fs vault has no such version', {
    hint: 'a file has its current content only: write #1 or nothing',
  });
}
