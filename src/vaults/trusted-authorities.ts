import { rootCertificates } from 'node:tls';
import { SettingError } from '../errors.ts';
import { readTextFile, UnreadableFileError } from '../process/read-file.ts';
import type { VaultWorld } from './vault.ts';

/**
 * The certificate authorities that a cloud's hosts and a proxy are checked against: the usual ones and those in the
 * files that these variables name. Undefined for the usual ones alone, which cost nothing to load.
 * Throws SettingError for a file that cannot be read or holds no certificate.
 */
export function trustedAuthorities(
  environment: VaultWorld['environment'],
  variables: readonly string[] = ['NODE_EXTRA_CA_CERTS'],
): string[] | undefined {
  const extra = variables.flatMap((variable) => {
    const path = environment[variable] ?? '';
    return path === '' ? [] : [readBundle(variable, path)];
  });
  return extra.length === 0 ? undefined : [...rootCertificates, ...extra];
}

function readBundle(variable: string, path: string): string {
  const bundle = readText(variable, path);
  if (bundle.includes('-----BEGIN CERTIFICATE-----')) return bundle;
  throw new SettingError(`there is no certificate in ${path}`, {
    subject: variable,
    hint: 'give the path of a file of PEM certificates',
  });
}

function readText(variable: string, path: string): string {
  try {
    return readTextFile(path);
  } catch (error) {
    if (!(error instanceof UnreadableFileError)) throw error;
    throw new SettingError(`${path} cannot be read: ${error.message}`, {
      subject: variable,
      hint: 'mount the file, or unset the variable',
      cause: error,
    });
  }
}
