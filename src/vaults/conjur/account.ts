import { SettingError } from '../../errors.ts';
import { Secret } from '../../secret.ts';
import type { Peer } from '../http/http.ts';
import type { VaultOptionValues } from '../vault.ts';

/** Where Conjur is, and as whom it is asked. */
export type ConjurAccount = {
  /** Without a slash at its end; a path such as `/api` may be in front of Conjur's own. */
  readonly endpoint: string;
  readonly account: string;
  readonly login: string;
  readonly apiKey: Secret;
};

export const conjurPeer: Peer = {
  name: 'Conjur',
  address: 'check KONG_VAULT_CONJUR_ENDPOINT_URL',
  trust:
    'add its certificate authority to KONG_LUA_SSL_TRUSTED_CERTIFICATE, and check that KONG_VAULT_CONJUR_ENDPOINT_URL has the name that is in the certificate',
};

const needed = ['endpoint_url', 'account', 'login', 'api_key'] as const;

/** Throws SettingError with every option that is missing. */
export function readAccount(options: VaultOptionValues): ConjurAccount {
  const [endpoint = '', account = '', login = '', apiKey = ''] = needed.map((name) => String(options[name] ?? ''));
  const missing = needed.filter((name) => options[name] === undefined);
  if (missing.length > 0) {
    throw new SettingError(`the conjur vault has no ${missing.join(', ')}`, {
      hint: `set ${missing.map((name) => `KONG_VAULT_CONJUR_${name.toUpperCase()}`).join(', ')}`,
    });
  }
  return { endpoint: endpoint.replace(/\/+$/, ''), account, login, apiKey: new Secret(apiKey) };
}

/** The address of one resource. An id with slashes is one segment, its slashes written `%2F`. */
export function addressOf({ endpoint }: ConjurAccount, ...segments: readonly string[]): URL {
  return new URL(`${endpoint}/${segments.map(encodeURIComponent).join('/')}`);
}
