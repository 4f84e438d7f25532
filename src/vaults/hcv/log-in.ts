import type { Log } from '../../log.ts';
import type { Login } from './login.ts';
import { loginError } from './login-errors.ts';
import { objectIn } from './vault-answer.ts';
import type { VaultServer } from './vault-server.ts';

/** A token that a login gave. */
export type GivenToken = {
  readonly text: string;
  /** Counts a request. False when the token is used up or about to expire. */
  use(): boolean;
  /** Whether Vault keeps it still, and can forget it: it keeps none of type batch. */
  isRevocable(): boolean;
};

/** Throws AccessRefusedError where Vault refuses the login, and what else its answer comes to. */
export async function logIn(login: Login, server: VaultServer, log: Log): Promise<GivenToken> {
  const answer = await server.ask({ method: 'POST', path: login.path, body: login.body });
  const auth = objectIn(answer.object, 'auth');
  const text = auth?.['client_token'];
  if (answer.status !== 200 || typeof text !== 'string' || !/^[\x21-\x7e]+$/.test(text)) {
    throw loginError(answer, login, server);
  }
  const uses = numberIn(auth?.['num_uses']);
  if (uses > 0) {
    log.warn(
      `a token that Vault gives for auth_method ${login.method} is good for ${uses} request${uses === 1 ? '' : 's'} only (num_uses): Kong, which logs in by itself later, can read no more secrets with one login`,
    );
  }
  return givenToken(text, { uses, seconds: numberIn(auth?.['lease_duration']), type: auth?.['token_type'] });
}

type Terms = { readonly uses: number; readonly seconds: number; readonly type: unknown };

/** 0 uses or seconds are no limit. A tenth of the time is left as a margin. */
function givenToken(text: string, { uses, seconds, type }: Terms): GivenToken {
  const until = seconds === 0 ? Number.POSITIVE_INFINITY : performance.now() + seconds * 900;
  let used = 0;
  return {
    text,
    use() {
      if (performance.now() >= until || (uses > 0 && used === uses)) return false;
      used += 1;
      return true;
    },
    isRevocable: () => type !== 'batch' && (uses === 0 || used < uses),
  };
}

function numberIn(value: unknown): number {
  return typeof value === 'number' && value > 0 ? value : 0;
}
