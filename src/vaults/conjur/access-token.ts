import { revealSecret, Secret } from '../../secret.ts';
import type { Answer, Http } from '../http/http.ts';
import { addressOf, type ConjurAccount } from './account.ts';
import { notConjur, refusedLogin } from './conjur-errors.ts';
import { conjurPeer } from './peer.ts';

/** The token that an API key is exchanged for. It lasts some 8 minutes, which a start that waits can outlive. */
export type AccessToken = {
  /** The one that is known, or a new one. */
  get(): Promise<Secret>;
  /** Forgets this one; another that came meanwhile is kept. */
  forget(token: Secret): void;
};

/** One token for all secrets, also for those that are asked for at the same time. */
export function createAccessToken(account: ConjurAccount, http: Http): AccessToken {
  let known: Secret | undefined;
  let asking: Promise<Secret> | undefined;

  async function ask(): Promise<Secret> {
    try {
      known = await authenticate(account, http);
      return known;
    } finally {
      asking = undefined;
    }
  }

  return {
    async get() {
      if (known !== undefined) return known;
      asking ??= ask();
      return asking;
    },
    forget(token) {
      if (known === token) known = undefined;
    },
  };
}

async function authenticate(account: ConjurAccount, http: Http): Promise<Secret> {
  const answer = await http.request({
    peer: conjurPeer,
    method: 'POST',
    url: addressOf(account, 'authn', account.account, account.login, 'authenticate'),
    headers: { 'accept-encoding': 'base64', 'content-type': 'text/plain' },
    body: revealSecret(account.apiKey),
    isRepeatable: true,
  });
  if (answer.status !== 200) throw refusedLogin(account, answer);
  return new Secret(readToken(account, answer));
}

/** In base64 as it was asked for, or as the JSON that something between us and Conjur, or an old Conjur, leaves it. */
function readToken(account: ConjurAccount, answer: Answer): string {
  const text = answer.text.trim();
  if (/^\{\s*"(protected|payload|signature)"/.test(text)) return Buffer.from(text).toString('base64');
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return text;
  throw notConjur(account, answer);
}
