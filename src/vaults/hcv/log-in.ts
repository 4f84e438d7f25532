import { EntrypointError, SettingError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { TlsOptions } from '../http/http.ts';
import { isToken } from '../json.ts';
import { keep } from '../keep.ts';
import { textOf } from '../option-value.ts';
import type { BackendWorld, VaultOptionValues } from '../vault.ts';
import { authMethods } from './auth-methods.ts';
import { askToken, type GivenToken } from './given-token.ts';
import { neededFor } from './prepare-login.ts';
import { openVaultServer, type VaultServer } from './vault-server.ts';

/** The tokens that requests are made with. */
export type Tokens = {
  /** A token for one request: the option's, or one that a login gave. Throws the error of the login. */
  take(): Promise<string>;
  /** Revokes the tokens that logins gave, so that none outlives the start. Never throws; takes 2 s at most. */
  revoke(): Promise<void>;
};

export type TokenInput = {
  readonly options: VaultOptionValues;
  readonly world: BackendWorld;
  readonly tls: TlsOptions;
  readonly server: VaultServer;
};

/** The value of `auth_method`. */
export function methodOf(options: VaultOptionValues): string {
  return textOf(options, 'auth_method') ?? 'token';
}

/** Throws SettingError for a token that cannot be one. */
export function openTokens(input: TokenInput): Tokens {
  const method = methodOf(input.options);
  if (method === 'token') return fixedToken(input.options);
  if (method !== 'oauth2') return ownTokens(method, input);
  input.world.log.warn('the hcv vault: auth_method oauth2 is read as jwt, which is its name in the lists of Kong');
  return ownTokens('jwt', input);
}

function fixedToken(options: VaultOptionValues): Tokens {
  const token = neededFor('token', options, 'token');
  if (!isToken(token)) {
    throw new SettingError('the option token holds a character that no token of Vault has', {
      hint: 'check KONG_VAULT_HCV_TOKEN: it may contain a space',
    });
  }
  return { take: async () => token, revoke: async () => undefined };
}

/**
 * One login for all requests, and another once its token has expired or has been used as often as it may be. Throws TypeError for a method
 * that the form of the option does not let in.
 */
function ownTokens(method: string, { options, world, tls, server }: TokenInput): Tokens {
  const login = authMethods[method];
  if (login === undefined) throw new TypeError('no such auth_method');
  const given: GivenToken[] = [];
  const current = keep(async () => {
    const { prepareLogin } = await login.load();
    const token = await askToken(await prepareLogin(options, world), server);
    given.push(token);
    if (token.mostUses > 0) warnOfFewUses(token.mostUses, method, world.log);
    return token;
  });

  async function take(): Promise<string> {
    const token = await current.get();
    if (token.use()) return token.text;
    current.forget(token);
    return take();
  }

  /** A start that is being stopped revokes too, so its signal does not count here. */
  async function revoke(): Promise<void> {
    const tokens = given.filter((token) => token.isRevocable());
    if (tokens.length === 0) return;
    const lasting = openVaultServer(options, { ...world, signal: new AbortController().signal }, tls);
    await Promise.all(tokens.map(({ text }) => revokeToken(text, lasting, world.log)));
    await lasting.close();
  }

  return { take, revoke };
}

function warnOfFewUses(uses: number, method: string, log: Log): void {
  log.warn(
    `a token that Vault gives for auth_method ${method} is good for ${uses} request${uses === 1 ? '' : 's'} only (num_uses): Kong, which logs in by itself later, can read no more secrets with one login`,
  );
}

const REVOKE_MS = 2_000;

async function revokeToken(token: string, server: VaultServer, log: Log): Promise<void> {
  try {
    const path = '/v1/auth/token/revoke-self';
    const { status } = await server.ask({ method: 'POST', path, token, timeoutMs: REVOKE_MS });
    log.debug(`hcv: our token is ${status === 204 || status === 200 ? '' : 'not '}revoked (status ${status})`);
  } catch (error) {
    log.debug(`hcv: our token is not revoked: ${error instanceof EntrypointError ? error.message : 'failed'}`);
  }
}
