import { revealSecret, Secret } from '../../secret.ts';
import type { Answer, Http } from '../http/http.ts';
import { addressOf, type ConjurAccount, conjurPeer } from './account.ts';
import { explainLogIn, notConjur } from './explain.ts';

/** Exchanges the API key for a token, which lasts about 8 minutes. Throws AccessRefusedError, SettingError, UnavailableError. */
export async function logIn(account: ConjurAccount, http: Http): Promise<Secret> {
  const answer = await http.request({
    peer: conjurPeer,
    method: 'POST',
    url: addressOf(account, 'authn', account.account, account.login, 'authenticate'),
    headers: { 'accept-encoding': 'base64', 'content-type': 'text/plain' },
    body: revealSecret(account.apiKey),
    isRepeatable: true,
  });
  if (answer.status !== 200) throw explainLogIn(account, answer);
  return new Secret(readToken(account, answer));
}

/** In base64 as it was asked for, or as the JSON that a proxy or an old Conjur leaves it. */
function readToken(account: ConjurAccount, answer: Answer): string {
  const text = answer.text.trim();
  if (/^\{\s*"(protected|payload|signature)"/.test(text)) return Buffer.from(text).toString('base64');
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return text;
  throw notConjur(account, answer);
}
