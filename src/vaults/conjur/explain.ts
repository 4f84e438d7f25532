import type { EntrypointError } from '../../errors.ts';
import { explainBy, type FaultTable } from '../fault-table.ts';
import type { Answer } from '../http/http.ts';
import { busyService, otherService } from '../service-faults.ts';
import type { SecretName } from '../vault.ts';
import type { ConjurAccount } from './account.ts';

/*
 * Conjur's own words are not repeated: a body can be a page of something else, or hold what was asked for.
 */

const anyAnswer = [
  ...busyService,
  {
    when: { status: [400, 422] },
    kind: 'setting',
    says: '{place} does not understand the request for {what} (status {status})',
    hint: 'check the id and the version in the reference, KONG_VAULT_CONJUR_ACCOUNT and KONG_VAULT_CONJUR_LOGIN',
  },
  ...otherService,
] as const satisfies FaultTable;

const logInFaults = [
  {
    when: { status: 401 },
    kind: 'refused',
    says: '{place} refused {what}',
    hint: 'check KONG_VAULT_CONJUR_LOGIN (a host is host/<id>), KONG_VAULT_CONJUR_API_KEY (was it rotated?) and KONG_VAULT_CONJUR_ACCOUNT',
  },
  {
    when: { status: 403 },
    kind: 'refused',
    says: '{place} does not let {who} log in with an API key',
    hint: 'enable its API key and the authenticator authn, and check that it may log in from this address (restricted_to)',
  },
  {
    when: { status: 404 },
    kind: 'setting',
    says: '{place} has no login address for {who}',
    hint: 'check KONG_VAULT_CONJUR_ENDPOINT_URL, with the path in front of Conjur if it has one, and KONG_VAULT_CONJUR_ACCOUNT',
  },
  ...anyAnswer,
] as const satisfies FaultTable;

const fetchFaults = [
  {
    when: { status: 401 },
    kind: 'refused',
    says: '{place} rejects the token that it issued',
    hint: 'check that all nodes behind KONG_VAULT_CONJUR_ENDPOINT_URL are of one Conjur, and their clocks',
  },
  {
    when: { status: 403 },
    kind: 'refused',
    says: '"{login}" may not read {what}',
    hint: 'permit read and execute on {account}:variable:{id} to it in a policy',
  },
  {
    // Conjur answers the same for a variable that is not there, that has no value, and that this role may not see.
    when: { status: 404 },
    kind: 'not found',
    says: '[version {version} of ]{what} of the account "{account}" not found',
    hint: 'check that it is there, that it has a value, and that "{login}" may see it; in a reference the slashes of an id are written %2F, since the last part of the path is a key',
  },
  ...anyAnswer,
] as const satisfies FaultTable;

/** Conjur did not give a token for the API key. */
export function explainLogIn(conjur: ConjurAccount, { status }: Answer): EntrypointError {
  const who = `"${conjur.login}" of the account "${conjur.account}"`;
  return explainBy(logInFaults, { status }, { ...aboutConjur(conjur), who, what: `the login of ${who}` });
}

/** Conjur did not give the value of a variable. */
export function explainFetch(conjur: ConjurAccount, name: SecretName, { status }: Answer): EntrypointError {
  const { login, account } = conjur;
  const { secretId: id, version } = name;
  const words = { ...aboutConjur(conjur), login, account, id, version, what: `variable "${id}"` };
  return explainBy(fetchFaults, { status }, words);
}

/** Something else than Conjur answered. */
export function notConjur(conjur: ConjurAccount, { status }: Answer): EntrypointError {
  return explainBy(otherService, { status }, aboutConjur(conjur));
}

function aboutConjur({ endpoint }: ConjurAccount) {
  return {
    place: `Conjur at ${new URL(endpoint).host}`,
    health: 'the health of Conjur',
    check: 'check KONG_VAULT_CONJUR_ENDPOINT_URL; a redirect is not followed, so give the address that it leads to',
  };
}
