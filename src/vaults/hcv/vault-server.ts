import { createHttp, type Http, type Peer, type TlsOptions } from '../http/http.ts';
import { textOf } from '../text-of.ts';
import type { BackendWorld, VaultOptionValues } from '../vault.ts';
import { addressOf } from './address.ts';
import { variableOf } from './options.ts';
import { readVaultAnswer, type VaultAnswer } from './vault-answer.ts';

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
  /** The answer, whatever its status. Throws what the connection comes to. */
  ask(question: VaultQuestion): Promise<VaultAnswer>;
  close(): Promise<void>;
};

export const peer: Peer = {
  name: 'Vault',
  address: `check ${['host', 'port', 'protocol'].map(variableOf).join(', ')}`,
  trust: 'add its certificate authority to KONG_LUA_SSL_TRUSTED_CERTIFICATE: Kong itself trusts no other',
};

/** Throws SettingError for certificates that cannot be used. */
export function openVaultServer(options: VaultOptionValues, world: BackendWorld, tls: TlsOptions): VaultServer {
  const base = addressOf(options);
  const namespace = textOf(options, 'namespace');
  const http: Http = createHttp(world, tls);
  return {
    place: `Vault at ${base.host}`,
    namespace,
    async ask({ method, path, token, body, timeoutMs }) {
      const answer = await http.request({
        peer,
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

/**
 * Limits of rates, data that has not reached this node yet (412), a node that is not ready; not a seal, which a human
 * opens. Of the other failures only for a GET: a login may have counted, and a secret id may be good for one.
 */
function isTemporary(answer: VaultAnswer, method: VaultQuestion['method']): boolean {
  const { status } = answer;
  if (status === 412 || status === 429) return true;
  return status === 503 ? !isSealed(answer) : status >= 500 && status !== 501 && method === 'GET';
}

export function isSealed({ status, errors }: VaultAnswer): boolean {
  return status === 503 && errors.some((error) => /\bsealed\b/i.test(error));
}
