import { Secret } from '../../secret.ts';
import type { BackendWorld, SecretName, Vault, VaultOptionValues } from '../vault.ts';
import { methodOf } from './auth-methods.ts';
import { readError } from './read-errors.ts';
import { revoke } from './revoke.ts';
import { type SecretPath, secretPath } from './secret-path.ts';
import { vaultTls } from './tls.ts';
import { describeTerms } from './token-terms.ts';
import { createTokens } from './tokens.ts';
import { objectIn, type VaultAnswer } from './vault-answer.ts';
import { openVaultServer } from './vault-server.ts';

/** HashiCorp Vault or OpenBao, with the options in force. Nothing is asked before a secret is. Throws SettingError. */
export async function openHashicorpVault(options: VaultOptionValues, world: BackendWorld): Promise<Vault> {
  const tls = vaultTls(options, world);
  const server = openVaultServer(options, world, tls);
  const tokens = createTokens(options, server, world);
  const method = methodOf(options);

  async function fetch(name: SecretName): Promise<Secret> {
    const path = secretPath(name, options);
    const token = await tokens.take();
    const answer = await server.ask({ method: 'GET', path: path.request, token });
    const data = answer.status === 200 ? dataIn(answer, path) : undefined;
    if (data === undefined) throw readError(answer, { path, token, method, server });
    world.log.debug(`hcv: secret "${path.secretId}" (${path.policy}, KV ${path.kv}), token from: ${method}`);
    return new Secret(JSON.stringify(data));
  }

  async function listExpiring(): Promise<readonly string[]> {
    if (method !== 'token') return [];
    return describeTerms(
      await server.ask({ method: 'GET', path: '/v1/auth/token/lookup-self', token: await tokens.take() }),
    );
  }

  async function close(): Promise<void> {
    await revoke(tokens.given(), { options, world, tls });
    await server.close();
  }

  return { fetch, listExpiring, close };
}

/** The object that a secret key is looked up in: `.data`, and `.data.data` of an engine that keeps versions. */
function dataIn({ object }: VaultAnswer, { kv }: SecretPath): Readonly<Record<string, unknown>> | undefined {
  const data = objectIn(object, 'data');
  return kv === 'v2' ? objectIn(data, 'data') : data;
}
