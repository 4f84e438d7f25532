import { EntrypointError } from '../../errors.ts';
import type { TlsOptions } from '../http/http.ts';
import type { BackendWorld, VaultOptionValues } from '../vault.ts';
import { openVaultServer } from './vault-server.ts';

const TIMEOUT_MS = 2_000;

type Given = { readonly options: VaultOptionValues; readonly world: BackendWorld; readonly tls: TlsOptions };

/**
 * Revokes tokens that were given to us, as well as it can, so that nothing of ours outlives the start. A start that is
 * being stopped does so too, therefore its signal counts here no longer. Never throws.
 */
export async function revoke(tokens: readonly string[], { options, world, tls }: Given): Promise<void> {
  if (tokens.length === 0) return;
  const server = openVaultServer(options, { ...world, signal: new AbortController().signal }, tls);
  const path = '/v1/auth/token/revoke-self';
  const asked = tokens.map(async (token) => {
    try {
      const { status } = await server.ask({ method: 'POST', path, token, timeoutMs: TIMEOUT_MS });
      world.log.debug(`hcv: our token is ${status === 204 || status === 200 ? '' : 'not '}revoked (status ${status})`);
    } catch (error) {
      world.log.debug(`hcv: our token is not revoked: ${error instanceof EntrypointError ? error.message : 'failed'}`);
    }
  });
  await Promise.all(asked);
  await server.close();
}
