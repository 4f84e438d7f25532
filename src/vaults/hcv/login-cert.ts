import { createSecureContext } from 'node:tls';
import { codeOf, SettingError } from '../../errors.ts';
import type { TlsOptions } from '../http/http.ts';
import { textOf } from '../option-value.ts';
import type { VaultOptionValues } from '../vault.ts';
import { type Login, neededFor } from './prepare-login.ts';

/** With our own certificate, which the connection has shown already (Kong 3.11). */
export function prepareLogin(options: VaultOptionValues): Login {
  const name = textOf(options, 'cert_auth_role_name');
  return {
    path: '/v1/auth/cert/login',
    body: name === undefined ? {} : { name },
    secrets: [],
    hint: 'check the certificate role in Vault: its certificate or authority, its allowed names, and that nothing in between ends the TLS connection',
  };
}

/** The certificate that every connection to Vault shows. Throws SettingError where it cannot be used. */
export function ownCertificate(options: VaultOptionValues): TlsOptions {
  const cert = neededFor('cert', options, 'cert_auth_cert');
  const key = neededFor('cert', options, 'cert_auth_cert_key');
  if (textOf(options, 'protocol') !== 'https') {
    throw new SettingError('auth_method cert needs TLS, and protocol is http', {
      hint: 'set KONG_VAULT_HCV_PROTOCOL=https',
    });
  }
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw new SettingError(
      `cert_auth_cert and cert_auth_cert_key are not a certificate and its key (${codeOf(error)})`,
      {
        hint: 'give the contents of the PEM files, not their paths, line breaks included, and a key without a passphrase',
      },
    );
  }
  return { clientCertificate: { cert, key } };
}
