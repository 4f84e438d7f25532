import { SecretContentError, SettingError } from '../../errors.ts';
import { revealSecret, Secret } from '../../secret.ts';
import { type Answer, createHttp } from '../http/http.ts';
import { keep } from '../keep.ts';
import type { BackendWorld, SecretName, Vault, VaultOptionValues } from '../vault.ts';
import { addressOf, type ConjurAccount, conjurPeer, readAccount } from './account.ts';
import { explainFetch, notConjur } from './explain.ts';
import { logIn } from './log-in.ts';

/** Conjur, with the options in force. Nothing is asked before the first secret is. Throws SettingError. */
export function openConjur(options: VaultOptionValues, world: BackendWorld): Vault {
  const account = readAccount(options);
  const isTls = account.endpoint.startsWith('https:');
  const http = createHttp(world, isTls ? { authorities: world.trustedByKong() } : {});
  const token = keep(() => logIn(account, http));

  function ask(url: URL, given: Secret): Promise<Answer> {
    const headers = { authorization: `Token token="${revealSecret(given)}"` };
    return http.request({ peer: conjurPeer, method: 'GET', url, headers });
  }

  /** A start that waits can outlive its token, so a refusal is asked again once with a new one. */
  async function askWithToken(url: URL): Promise<Answer> {
    const first = await token.get();
    const answer = await ask(url, first);
    if (answer.status !== 401) return answer;
    token.forget(first);
    return ask(url, await token.get());
  }

  async function fetch(name: SecretName): Promise<Secret> {
    const answer = await askWithToken(addressOfVariable(account, name));
    world.log.debug(`conjur: variable "${name.secretId}", as "${account.login}": status ${answer.status}`);
    if (answer.status !== 200) throw explainFetch(account, name, answer);
    if (answer.headers['content-type']?.startsWith('text/html')) throw notConjur(account, answer);
    if (answer.isText) return new Secret(answer.text);
    throw new SecretContentError(`variable "${name.secretId}" is not text in UTF-8`, {
      hint: 'store it as text; bytes can be stored in base64, with KONG_VAULT_CONJUR_BASE64_DECODE=on',
    });
  }

  // A token cannot be given back: it ends by itself.
  return { fetch, close: () => http.close() };
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
