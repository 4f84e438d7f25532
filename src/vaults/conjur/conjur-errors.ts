import {
  AccessRefusedError,
  type EntrypointError,
  SecretNotFoundError,
  SettingError,
  UnavailableError,
} from '../../errors.ts';
import type { Answer } from '../http/http.ts';
import type { SecretName } from '../vault.ts';
import type { ConjurAccount } from './account.ts';

/*
 * Conjur's own words are not repeated: a body can be a page of something else, or hold what was asked for.
 */

/** Conjur did not give a token for the API key. */
export function refusedLogin(conjur: ConjurAccount, answer: Answer): EntrypointError {
  const who = `"${conjur.login}" of the account "${conjur.account}"`;
  switch (answer.status) {
    case 401:
      return new AccessRefusedError(`${placeOf(conjur)} refused the login of ${who}`, {
        hint: 'check KONG_VAULT_CONJUR_LOGIN (a host is host/<id>), KONG_VAULT_CONJUR_API_KEY (was it rotated?) and KONG_VAULT_CONJUR_ACCOUNT',
      });
    case 403:
      return new AccessRefusedError(`${placeOf(conjur)} does not let ${who} log in with an API key`, {
        hint: 'enable its API key and the authenticator authn, and check that it may log in from this address (restricted_to)',
      });
    case 404:
      return new SettingError(`${placeOf(conjur)} has no place to log in as ${who}`, {
        hint: 'check KONG_VAULT_CONJUR_ENDPOINT_URL, with the path in front of Conjur if it has one, and KONG_VAULT_CONJUR_ACCOUNT',
      });
    default:
      return otherStatus(conjur, answer, `the login of ${who}`);
  }
}

/** Conjur did not give the value of a variable. */
export function refusedVariable(conjur: ConjurAccount, name: SecretName, answer: Answer): EntrypointError {
  const variable = `variable "${name.secretId}"`;
  switch (answer.status) {
    case 401:
      return new AccessRefusedError(`${placeOf(conjur)} does not accept the token that it gave`, {
        hint: 'check that all nodes behind KONG_VAULT_CONJUR_ENDPOINT_URL are of one Conjur, and their clocks',
      });
    case 403:
      return new AccessRefusedError(`"${conjur.login}" may not read ${variable}`, {
        hint: `permit read and execute on ${conjur.account}:variable:${name.secretId} to it in a policy`,
      });
    case 404:
      return notFound(conjur, name);
    default:
      return otherStatus(conjur, answer, variable);
  }
}

/** Conjur answers the same for a variable that is not there, that has no value, and that this role may not see. */
function notFound(conjur: ConjurAccount, { secretId, version }: SecretName): EntrypointError {
  const which = version === undefined ? `variable "${secretId}"` : `version ${version} of variable "${secretId}"`;
  return new SecretNotFoundError(`${which} of the account "${conjur.account}" not found`, {
    hint: `check that it is there, that it has a value, and that "${conjur.login}" may see it; in a reference the slashes of an id are written %2F, since the last part of the path is a key`,
  });
}

/** What answers is no Conjur: a captive portal, a proxy's own page, a redirect, a wrong endpoint. */
export function notConjur(conjur: ConjurAccount, { status }: Answer): EntrypointError {
  return new SettingError(`what answers as ${placeOf(conjur)} is something else (status ${status})`, {
    hint: 'check KONG_VAULT_CONJUR_ENDPOINT_URL; a redirect is not followed, so give the address that it leads to',
  });
}

function otherStatus(conjur: ConjurAccount, answer: Answer, what: string): EntrypointError {
  const { status } = answer;
  if (status === 429 || status >= 500) {
    return new UnavailableError(`${placeOf(conjur)} could not serve ${what} (status ${status})`, {
      hint: 'try again later; see the health of Conjur',
    });
  }
  if (status === 400 || status === 422) {
    return new SettingError(`${placeOf(conjur)} does not understand the request for ${what} (status ${status})`, {
      hint: 'check the id and the version in the reference, KONG_VAULT_CONJUR_ACCOUNT and KONG_VAULT_CONJUR_LOGIN',
    });
  }
  return notConjur(conjur, answer);
}

function placeOf({ endpoint }: ConjurAccount): string {
  return `Conjur at ${new URL(endpoint).host}`;
}
