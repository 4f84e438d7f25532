import { SecretContentError, SettingError } from '../../errors.ts';
import { revealSecret, Secret } from '../../secret.ts';
import { type Answer, createHttp, type Http } from '../http/http.ts';
import type { BackendWorld, SecretName, Vault, VaultOptionValues, VaultWorld } from '../vault.ts';
import { type AccessToken, createAccessToken } from './access-token.ts';
import { addressOf, type ConjurAccount, readAccount } from './account.ts';
import { notConjur, refusedVariable } from './conjur-errors.ts';
import { conjurPeer } from './peer.ts';

type Opened = {
  readonly account: ConjurAccount;
  readonly http: Http;
  readonly token: AccessToken;
  readonly world: VaultWorld;
};

/** Conjur, with the options in force. Nothing is asked before the first secret is. Throws SettingError. */
export function openConjur(options: VaultOptionValues, world: BackendWorld): Vault {
  const account = readAccount(options);
  const isTls = account.endpoint.startsWith('https:');
  const http = createHttp(world, isTls ? { authorities: world.trustedByKong() } : {});
  const opened = { account, http, token: createAccessToken(account, http), world };
  // A token cannot be given back: it ends by itself.
  return { fetch: (name) => fetchVariable(opened, name), close: () => http.close() };
}

async function fetchVariable(opened: Opened, name: SecretName): Promise<Secret> {
  const { account, world } = opened;
  const url = addressOfVariable(account, name);
  const answer = await askWithToken(opened, url);
  world.log.debug(`conjur: variable "${name.secretId}", as "${account.login}": status ${answer.status}`);
  if (answer.status !== 200) throw refusedVariable(account, name, answer);
  if (answer.headers['content-type']?.startsWith('text/html')) throw notConjur(account, answer);
  if (answer.isText) return new Secret(answer.text);
  throw new SecretContentError(`variable "${name.secretId}" is not text in UTF-8`, {
    hint: 'store it as text; bytes can be stored in base64, with KONG_VAULT_CONJUR_BASE64_DECODE=on',
  });
}

function addressOfVariable(account: ConjurAccount, { secretId, version }: SecretName): URL {
  if (secretId === '.' || secretId === '..') {
    throw new SettingError(`"${secretId}" cannot be the id of a variable`, { hint: 'name a variable of Conjur' });
  }
  const url = addressOf(account, 'secrets', account.account, 'variable', secretId);
  if (version === undefined) return url;
  if (!/^[1-9]\d{0,8}$/.test(version)) {
    throw new SettingError('the conjur vault has no such version', {
      hint: 'a version of a variable is a whole number from 1, and Conjur keeps the newest 20; write none for the newest',
    });
  }
  url.searchParams.set('version', version);
  return url;
}

/** A token that was used before may have expired, so a refusal of it is asked again once with a new one. */
async function askWithToken({ http, token }: Opened, url: URL): Promise<Answer> {
  const first = await token.get();
  const answer = await ask(http, url, first);
  if (answer.status !== 401) return answer;
  token.forget(first);
  return ask(http, url, await token.get());
}

function ask(http: Http, url: URL, token: Secret): Promise<Answer> {
  const headers = { authorization: `Token token="${revealSecret(token)}"` };
  return http.request({ peer: conjurPeer, method: 'GET', url, headers });
}
