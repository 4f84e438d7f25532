import { EntrypointError, SettingError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { TlsOptions } from '../http/http.ts';
import { fieldOf, isToken } from '../json.ts';
import { keep } from '../keep.ts';
import { textOf } from '../text-of.ts';
import type { BackendWorld, VaultOptionValues } from '../vault.ts';
import { explainLogIn } from './explain-log-in.ts';
import { type Login, neededFor } from './login.ts';
import { type LoginMethod, logins } from './logins.ts';
import { openVaultServer, type VaultServer } from './vault-server.ts';

/** The tokens that requests are made with. */
export type Tokens = {
  /** A token for one request: the option's, or one that a login gave. Throws the error of the login. */
  take(): Promise<string>;
  /** Gives back those that logins gave, so that nothing of ours outlives the start. Never throws; takes 2 s at most. */
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
  return method === 'token' ? fixedToken(input.options) : ownTokens(findLogin(method, input.world.log), input);
}

function fixedToken(options: VaultOptionValues): Tokens {
  const token = neededFor('token', options, 'token');
  if (!isToken(token)) {
    throw new SettingError('the option token holds a character that no token of Vault has', {
      hint: 'check KONG_VAULT_HCV_TOKEN: a space inside?',
    });
  }
  return { take: async () => token, revoke: async () => undefined };
}

/** Throws TypeError for a method that the form of the option does not let in. */
function findLogin(method: string, log: Log): LoginMethod {
  if (method === 'oauth2') {
    log.warn('the hcv vault: auth_method oauth2 is read as jwt, which is its name in the lists of Kong');
  }
  const login = logins[method === 'oauth2' ? 'jwt' : method];
  if (login === undefined) throw new TypeError('no such auth_method');
  return login;
}

/** One login for all requests, and another once its token has expired or has been used as often as it may be. */
function ownTokens(method: LoginMethod, { options, world, tls, server }: TokenInput): Tokens {
  const given: GivenToken[] = [];
  const current = keep(async () => {
    const { prepareLogin } = await method.load();
    const token = await logIn(await prepareLogin(options, world), methodOf(options), server, world.log);
    given.push(token);
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

/** A token that a login gave. */
type GivenToken = {
  readonly text: string;
  /** Counts a request. False when the token is used up or about to expire. */
  use(): boolean;
  /** Whether Vault still keeps it and can revoke it: it keeps no batch token. */
  isRevocable(): boolean;
};

async function logIn(login: Login, method: string, server: VaultServer, log: Log): Promise<GivenToken> {
  const answer = await server.ask({ method: 'POST', path: login.path, body: login.body });
  const auth = fieldOf(answer.object, 'auth');
  const text = fieldOf(auth, 'client_token');
  if (answer.status !== 200 || !isToken(text)) throw explainLogIn(answer, login, server);
  const uses = numberIn(fieldOf(auth, 'num_uses'));
  if (uses > 0) {
    log.warn(
      `a token that Vault gives for auth_method ${method === 'oauth2' ? 'jwt' : method} is good for ${uses} request${uses === 1 ? '' : 's'} only (num_uses): Kong, which logs in by itself later, can read no more secrets with one login`,
    );
  }
  const seconds = numberIn(fieldOf(auth, 'lease_duration'));
  return givenToken(text, { uses, seconds, isBatch: fieldOf(auth, 'token_type') === 'batch' });
}

type Terms = { readonly uses: number; readonly seconds: number; readonly isBatch: boolean };

/** 0 uses or seconds are no limit. A tenth of the time is left as a margin. */
function givenToken(text: string, { uses, seconds, isBatch }: Terms): GivenToken {
  const until = seconds === 0 ? Number.POSITIVE_INFINITY : performance.now() + seconds * 900;
  let used = 0;
  return {
    text,
    use() {
      if (performance.now() >= until || (uses > 0 && used === uses)) return false;
      used += 1;
      return true;
    },
    isRevocable: () => !isBatch && (uses === 0 || used < uses),
  };
}

function numberIn(value: unknown): number {
  return typeof value === 'number' && value > 0 ? value : 0;
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
