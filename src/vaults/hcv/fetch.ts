import { printDuration } from '../../process/wait.ts';
import { Secret } from '../../secret.ts';
import { fieldOf, isJsonObject, type JsonObject } from '../json.ts';
import type { BackendWorld, SecretName, Vault, VaultOptionValues } from '../vault.ts';
import { explainFetch } from './explain.ts';
import { methodOf, openTokens } from './log-in.ts';
import type { VaultAnswer } from './vault-answer.ts';
import { type SecretPath, secretPath } from './vault-path.ts';
import { openVaultServer, vaultTls } from './vault-server.ts';

/** HashiCorp Vault or OpenBao, with the options in force. Nothing is asked before a secret is. Throws SettingError. */
export function openHashicorpVault(options: VaultOptionValues, world: BackendWorld): Vault {
  const tls = vaultTls(options, world);
  const server = openVaultServer(options, world, tls);
  const tokens = openTokens({ options, world, tls, server });
  const method = methodOf(options);

  async function fetch(name: SecretName): Promise<Secret<JsonObject>> {
    const path = secretPath(name, options);
    const token = await tokens.take();
    const answer = await server.ask({ method: 'GET', path: path.request, token });
    const data = dataIn(answer, path);
    if (data === undefined) throw explainFetch(answer, { path, token, method, server });
    world.log.debug(`hcv: secret "${path.secretId}" (${path.policy}, KV ${path.kv}), token from: ${method}`);
    return new Secret(data);
  }

  async function listExpiring(): Promise<readonly string[]> {
    if (method !== 'token') return [];
    const token = await tokens.take();
    return describeTerms(await server.ask({ method: 'GET', path: '/v1/auth/token/lookup-self', token }));
  }

  async function close(): Promise<void> {
    await tokens.revoke();
    await server.close();
  }

  return { fetch, listExpiring, close };
}

/** The object that a secret key is looked up in: `.data`, and `.data.data` of an engine that keeps versions. */
function dataIn({ status, object }: VaultAnswer, { kv }: SecretPath): JsonObject | undefined {
  const outer = status === 200 ? fieldOf(object, 'data') : undefined;
  const data = kv === 'v2' ? fieldOf(outer, 'data') : outer;
  return isJsonObject(data) ? data : undefined;
}

/** When the operator's token expires, from `auth/token/lookup-self`. Nothing where its policies do not allow that question. */
function describeTerms({ status, object }: VaultAnswer): readonly string[] {
  const data = status === 200 ? fieldOf(object, 'data') : undefined;
  const [uses, ttl] = [fieldOf(data, 'num_uses'), fieldOf(data, 'ttl')];
  return [
    ...(isLimit(uses)
      ? [
          `the token of the hcv vault is good for ${uses} more request${uses === 1 ? '' : 's'} (num_uses), and every start takes some`,
        ]
      : []),
    ...(isLimit(ttl)
      ? [`the token of the hcv vault expires in ${printDuration(ttl * 1000)}, and Kong does not renew it`]
      : []),
  ];
}

/** 0 means no limit. */
function isLimit(value: unknown): value is number {
  return typeof value === 'number' && value > 0;
}
