import { fieldOf, isToken } from '../json.ts';
import { explainLogIn } from './explain-log-in.ts';
import type { Login } from './prepare-login.ts';
import type { VaultServer } from './vault-server.ts';

/** A token that a login gave. */
export type GivenToken = {
  readonly text: string;
  /** 0 means no limit. */
  readonly mostUses: number;
  /** Counts a request. False when the token is used up or about to expire. */
  use(): boolean;
  /** Whether Vault still keeps it and can revoke it: it keeps no batch token. */
  isRevocable(): boolean;
};

/** Logs in. Throws the error of the login. */
export async function askToken(login: Login, server: VaultServer): Promise<GivenToken> {
  const answer = await server.ask({ method: 'POST', path: login.path, body: login.body });
  const auth = fieldOf(answer.object, 'auth');
  const text = fieldOf(auth, 'client_token');
  if (answer.status !== 200 || !isToken(text)) throw explainLogIn(answer, login, server);
  return givenToken(text, {
    uses: numberIn(fieldOf(auth, 'num_uses')),
    seconds: numberIn(fieldOf(auth, 'lease_duration')),
    isBatch: fieldOf(auth, 'token_type') === 'batch',
  });
}

type Terms = { readonly uses: number; readonly seconds: number; readonly isBatch: boolean };

/** 0 uses or seconds are no limit. A tenth of the time is left as a margin. */
function givenToken(text: string, { uses, seconds, isBatch }: Terms): GivenToken {
  const until = seconds === 0 ? Number.POSITIVE_INFINITY : performance.now() + seconds * 900;
  let used = 0;
  return {
    text,
    mostUses: uses,
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
