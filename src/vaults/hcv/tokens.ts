import { SettingError } from '../../errors.ts';
import type { BackendWorld, VaultOptionValues } from '../vault.ts';
import { findLogin, methodOf } from './auth-methods.ts';
import { type GivenToken, logIn } from './log-in.ts';
import type { PrepareLogin } from './login.ts';
import { neededText } from './options.ts';
import type { VaultServer } from './vault-server.ts';

/** The tokens that requests are made with. */
export type Tokens = {
  /** A token for one request: the option's, or one that a login gave. Throws what the login comes to. */
  take(): Promise<string>;
  /** Those that were given to us and are still good. */
  given(): readonly string[];
};

/** Throws SettingError for a method that is not supported, and for a token that is none. */
export function createTokens(options: VaultOptionValues, server: VaultServer, world: BackendWorld): Tokens {
  const prepare = findLogin(methodOf(options), world);
  return prepare === undefined ? fixedToken(options) : ownTokens(prepare, options, server, world);
}

function fixedToken(options: VaultOptionValues): Tokens {
  const token = neededText(options, 'token', 'auth_method token');
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new SettingError('the option token holds a character that no token of Vault has', {
      hint: 'check KONG_VAULT_HCV_TOKEN: a space inside?',
    });
  }
  return { take: async () => token, given: () => [] };
}

/** One login for all requests, and another once its token has expired or has been used as often as it may be. */
function ownTokens(
  prepare: PrepareLogin,
  options: VaultOptionValues,
  server: VaultServer,
  world: BackendWorld,
): Tokens {
  const given: GivenToken[] = [];
  let current: Promise<GivenToken> | undefined;

  async function renew(): Promise<GivenToken> {
    const token = await logIn(await prepare(options, world), server, world.log);
    given.push(token);
    return token;
  }

  async function take(): Promise<string> {
    current ??= renew();
    const asked = current;
    const token = await asked.catch((error: unknown) => {
      if (current === asked) current = undefined;
      throw error;
    });
    if (token.use()) return token.text;
    if (current === asked) current = undefined;
    return take();
  }

  return { take, given: () => given.filter((token) => token.isRevocable()).map(({ text }) => text) };
}
