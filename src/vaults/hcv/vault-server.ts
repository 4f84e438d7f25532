import { isIP } from 'node:net';
import { SettingError } from '../../errors.ts';
import { createHttp, type Peer, type TlsOptions } from '../http/http.ts';
import { textOf } from '../option-value.ts';
import type { BackendWorld, VaultOptionValues } from '../vault.ts';
import { ownCertificate } from './login-cert.ts';
import { isSealed, readVaultAnswer, type VaultAnswer } from './vault-answer.ts';

/** One request to Vault. */
export type VaultQuestion = {
  readonly method: 'GET' | 'POST';
  /** From `/v1/` on, encoded. */
  readonly path: string;
  readonly token?: string;
  readonly body?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
};

/** Where Vault is, and how it is asked. */
export type VaultServer = {
  /** `Vault at vault.example.com:8200`. */
  readonly place: string;
  readonly namespace: string | undefined;
  /** The answer, whatever its status. Throws the error of a connection that failed. */
  ask(question: VaultQuestion): Promise<VaultAnswer>;
  close(): Promise<void>;
};

export const vaultPeer: Peer = {
  name: 'Vault',
  address: 'check KONG_VAULT_HCV_HOST, KONG_VAULT_HCV_PORT, KONG_VAULT_HCV_PROTOCOL',
  trust: 'add its certificate authority to KONG_LUA_SSL_TRUSTED_CERTIFICATE: Kong itself trusts no other',
};

export function openVaultServer(options: VaultOptionValues, world: BackendWorld, tls: TlsOptions): VaultServer {
  const base = addressOf(options);
  const namespace = textOf(options, 'namespace');
  const http = createHttp(world, tls);
  return {
    place: `Vault at ${base.host}`,
    namespace,
    async ask({ method, path, token, body, timeoutMs }) {
      const answer = await http.request({
        peer: vaultPeer,
        method,
        url: new URL(path, base),
        headers: {
          'x-vault-request': 'true',
          ...(token === undefined ? {} : { 'x-vault-token': token }),
          ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        isTemporary: (given) => isTemporary(readVaultAnswer(given), method),
      });
      return readVaultAnswer(answer);
    },
    close: () => http.close(),
  };
}

/** From `protocol`, `host` and `port`. Throws SettingError for a host that no URL can have. */
export function addressOf(options: VaultOptionValues): URL {
  const host = textOf(options, 'host') ?? '';
  const port = textOf(options, 'port') ?? '';
  const url = URL.parse(`${textOf(options, 'protocol')}://${isIP(host) === 6 ? `[${host}]` : host}:${port}`);
  if (url !== null) return url;
  throw new SettingError('the option host of the hcv vault is neither the name of a host nor an address', {
    hint: 'check KONG_VAULT_HCV_HOST',
  });
}

/**
 * TLS to Vault as Kong makes it: trust by `lua_ssl_trusted_certificate`, verified unless `ssl_verify` is off (Kong 3.14), and our own
 * certificate for `auth_method` cert. Throws SettingError for certificates that cannot be used.
 */
export function vaultTls(options: VaultOptionValues, world: BackendWorld): TlsOptions {
  const certificate = textOf(options, 'auth_method') === 'cert' ? ownCertificate(options) : {};
  if (textOf(options, 'protocol') !== 'https') return { authorities: [] };
  if (options['ssl_verify'] !== false) return { authorities: world.trustedByKong(), ...certificate };
  world.log.warn('the hcv vault does not check the certificate of Vault, since its option ssl_verify is off');
  return { authorities: [], verify: false, ...certificate };
}

/**
 * A limit of the rate, a node that is not ready or has not received the newest data (412); not a seal, which a human opens. Other
 * failures only for a GET: a login may have counted, and a secret id may be good for one.
 */
function isTemporary(answer: VaultAnswer, method: VaultQuestion['method']): boolean {
  const { status } = answer;
  if (status === 412 || status === 429) return true;
  return status === 503 ? !isSealed(answer) : status >= 500 && status !== 501 && method === 'GET';
}
