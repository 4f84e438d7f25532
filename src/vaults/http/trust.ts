import { rootCertificates } from 'node:tls';
import { SettingError } from '../../errors.ts';
import { readTextFile, UnreadableFileError } from '../../process/read-file.ts';
import type { VaultWorld } from '../vault.ts';

/** The certificate authorities that a host is checked against, as PEM texts. */
export type Trust = {
  /** Undefined for those that the runtime holds. */
  readonly authorities: readonly string[] | undefined;
  /** All that are trusted, for a host that none of the first vouches for. Throws SettingError. */
  all?(): readonly string[];
};

/** Where the authorities of a host on the Internet, or of a proxy in front of it, are found. */
export type TrustWorld = VaultWorld & {
  /** Those of `lua_ssl_trusted_certificate`. */
  trustedByKong?(): readonly string[];
};

/**
 * What a cloud's hosts are checked against: the authorities of the runtime, of the files that these variables name, and those that Kong
 * trusts, which by default is the system's bundle. To parse that bundle takes longer than a whole fetch (about 10 ms), and nearly every host
 * of a cloud is vouched for without it, so it is read only once a host is not. Throws SettingError for a file that cannot be read or holds
 * no certificate.
 */
export function trustOnInternet(world: TrustWorld, variables: readonly string[]): Trust {
  const extra = variables.flatMap((variable) => {
    const path = world.environment[variable] ?? '';
    return path === '' ? [] : [readBundle(variable, path)];
  });
  const known = [...rootCertificates, ...extra];
  const { trustedByKong } = world;
  return {
    authorities: extra.length === 0 ? undefined : known,
    ...(trustedByKong !== undefined && { all: () => [...known, ...trustedByKong()] }),
  };
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
