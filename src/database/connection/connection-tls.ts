import type { ConnectionOptions, SecureVersion } from 'node:tls';
import { tokenSettingOf } from '../../references/needed.ts';
import { readPemFile, type TlsVersion, tlsVersions } from '../../settings/connection-checks.ts';
import type { KongSettings } from '../../settings/kong-settings.ts';
import { readTrustedCertificates } from '../../settings/trusted-certificates.ts';

/** How the connection is encrypted: not at all, or with these options, and whether plain text will do where the server has no TLS. */
export type Tls =
  | { readonly options: ConnectionOptions; readonly isRequired: boolean; readonly isVerified: boolean }
  | undefined;

const versions: Readonly<Record<TlsVersion, { readonly minVersion: SecureVersion }>> = {
  tlsv1_1: { minVersion: 'TLSv1.1' },
  tlsv1_2: { minVersion: 'TLSv1.2' },
  tlsv1_3: { minVersion: 'TLSv1.3' },
  any: { minVersion: 'TLSv1' },
};

/**
 * TLS as Kong makes it to PostgreSQL: the chain is verified where `pg_ssl_verify` says so, the host name never is (pgmoon passes none).
 * A token for a password forces TLS. Throws SettingError for a file that cannot be read.
 */
export function readTls(typed: KongSettings): Tls {
  const isForced = tokenSettingOf(typed) !== undefined;
  if (typed.pg_ssl !== true && !isForced) return undefined;
  const isVerified = typed.pg_ssl_verify === true;
  return {
    isRequired: isForced || typed.pg_ssl_required === true,
    isVerified,
    options: {
      rejectUnauthorized: isVerified,
      checkServerIdentity: () => undefined,
      ...(isVerified && { ca: readTrustedCertificates(typed.lua_ssl_trusted_certificate ?? []) }),
      ...readVersion(typed.pg_ssl_version),
      ...readClientCertificate(typed),
    },
  };
}

function readVersion(version: string | undefined): ConnectionOptions {
  const found = tlsVersions.find((known) => known === version);
  return found === undefined ? { minVersion: 'TLSv1.2' } : versions[found];
}

function readClientCertificate({ pg_ssl_cert, pg_ssl_cert_key }: KongSettings): ConnectionOptions {
  if (pg_ssl_cert === undefined || pg_ssl_cert_key === undefined) return {};
  return {
    cert: readPemFile(pg_ssl_cert, 'pg_ssl_cert'),
    key: readPemFile(pg_ssl_cert_key, 'pg_ssl_cert_key'),
  };
}
