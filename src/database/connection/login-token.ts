import type { Secret } from '../../secret.ts';
import { keepToken } from '../../vaults/access-token.ts';
import type { VaultWorld } from '../../vaults/vault.ts';
import type { ConnectionSettings } from '../connection-settings.ts';

/** The tokens that a start logs in to PostgreSQL with, in place of a password. */
export type LoginTokens = {
  /** The token for these settings. Throws what getting one comes to; undefined where Kong's login by token cannot be made here. */
  tokenFor(settings: ConnectionSettings): Promise<Secret | undefined>;
  /** The next token is asked for again, as the settings may have changed. */
  forget(): void;
};

/**
 * A token of AWS is signed here for each login, without a request. One of Azure or Google is asked for once and kept until it expires,
 * since a start opens several connections.
 */
export function createLoginTokens(world: VaultWorld): LoginTokens {
  let kept: ReturnType<typeof keep> | undefined;

  function keep(settings: ConnectionSettings) {
    return keepToken(async () => {
      const { fetchAzureToken, fetchGoogleToken } = await import('./cloud-tokens.ts');
      return settings.tokenSetting === 'pg_azure_auth'
        ? fetchAzureToken(settings, world)
        : fetchGoogleToken(settings, world);
    });
  }

  return {
    async tokenFor(settings) {
      if (settings.tokenSetting === 'pg_oauth_auth') return undefined;
      if (settings.tokenSetting === 'pg_iam_auth') {
        const { createIamToken } = await import('./iam-token.ts');
        return createIamToken(settings, world);
      }
      kept ??= keep(settings);
      return (await kept()).value;
    },
    forget() {
      kept = undefined;
    },
  };
}
