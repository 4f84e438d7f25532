import type { Reply } from './entra.ts';
import type { Request } from './loopback-server.ts';

/** A secret of a Key Vault. */
export type VaultSecret = { readonly value: string; readonly enabled?: boolean };

export type KeyVaultContent = {
  readonly secrets: ReadonlyMap<string, VaultSecret>;
  /** Those that are let in. */
  readonly tokens: ReadonlySet<string>;
  /** Takes the token of each request that was let in. */
  readonly admit: (token: string) => void;
};

export const VAULT_TENANT = '11111111-2222-3333-4444-555555555555';

/** A Key Vault: `GET /secrets/{name}?api-version=7.4` with a bearer token, and nothing else. */
export function answerVault({ method, target, headers, body }: Request, host: string, vault: KeyVaultContent): Reply {
  const token = /^Bearer ([\x21-\x7e]+)$/.exec(headers.authorization ?? '')?.[1] ?? '';
  if (!vault.tokens.has(token)) return unauthorized('AKV10000: Request is missing a Bearer or PoP token.');
  vault.admit(token);
  const url = new URL(target, `https://${host}`);
  const name = /^\/secrets\/([0-9a-zA-Z-]{1,127})$/.exec(url.pathname)?.[1];
  if (method !== 'GET' || body !== '' || name === undefined || url.search !== '?api-version=7.4') {
    return error(400, 'BadParameter', 'The request URI contains an invalid name or version.');
  }
  const secret = vault.secrets.get(name);
  if (secret === undefined) {
    const words = `A secret with (name/id) ${name} was not found in this key vault. If you recently deleted this secret you may be able to recover it using the correct recovery command.`;
    return error(404, 'SecretNotFound', words);
  }
  if (secret.enabled === false) {
    return error(403, 'Forbidden', 'Operation get is not allowed on a disabled secret.', 'SecretDisabled');
  }
  const id = `https://${host}/secrets/${name}/0123456789abcdef0123456789abcdef`;
  return { status: 200, body: { value: secret.value, id, attributes: { enabled: true } } };
}

/** As Key Vault refuses a token: with a challenge that names its tenant. */
export function unauthorized(words: string): Reply {
  const challenge = `Bearer authorization="https://login.microsoftonline.com/${VAULT_TENANT}", resource="https://vault.azure.net"`;
  return { ...error(401, 'Unauthorized', words), headers: { 'www-authenticate': challenge } };
}

export function error(status: number, code: string, message: string, inner?: string): Reply {
  const innererror = inner === undefined ? {} : { innererror: { code: inner } };
  return { status, body: { error: { code, message, ...innererror } } };
}
