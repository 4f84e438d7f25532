import { textOf } from '../text-of.ts';
import type { VaultOptionValues } from '../vault.ts';
import type { Login } from './login.ts';

/** With our own certificate, which the connection has shown already (Kong 3.11). */
export function prepareCert(options: VaultOptionValues): Login {
  const name = textOf(options, 'cert_auth_role_name');
  return {
    method: 'cert',
    path: '/v1/auth/cert/login',
    body: name === undefined ? {} : { name },
    secrets: [],
    hint: 'check the certificate role in Vault: its certificate or authority, its allowed names, and that nothing in between ends the TLS connection',
  };
}
