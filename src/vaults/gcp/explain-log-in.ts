import type { EntrypointError } from '../../errors.ts';
import { explainBy, type FaultTable } from '../fault-table.ts';
import type { Peer } from '../http/http.ts';
import { fieldOf } from '../json.ts';
import { busyService, otherService } from '../service-faults.ts';
import { googleHost } from './explain.ts';
import type { ServiceAccount } from './service-account.ts';

export const tokenEndpoint: Peer = googleHost("Google's token endpoint");

const notTokenEndpoint = [...busyService, ...otherService] as const satisfies FaultTable;

/** By Google's words: its code is `invalid_grant` for all of the first four. */
const refusedKey = [
  ...busyService,
  {
    when: { message: /account not found|no such account/i },
    kind: 'refused',
    says: 'Google does not know the service account {email}',
    hint: 'it may have been deleted; set {variable} to the key of one that exists',
  },
  {
    when: { message: /disabled/i },
    kind: 'refused',
    says: 'the service account {email} is disabled',
    hint: 'gcloud iam service-accounts enable {email}',
  },
  {
    when: { message: /short-lived|reasonable timeframe|iat and exp/i },
    kind: 'refused',
    says: 'Google refused the time at which the key of {email} signed',
    hint: 'set the clock of this machine',
  },
  {
    when: { message: /signature/i },
    kind: 'refused',
    says: 'Google refused the key of {email}',
    hint: 'it was deleted, or has expired; create another: gcloud iam service-accounts keys create FILE --iam-account={email}, and set {variable} to the text of FILE',
  },
  {
    kind: 'refused',
    says: 'Google gave {email} no token ({code})',
    hint: 'check that the service account and its key are enabled',
  },
] as const satisfies FaultTable;

/** The error for an answer of Google's token endpoint that is not a token; `body` is its JSON. */
export function explainLogIn(
  { status, body }: { readonly status: number; readonly body: unknown },
  { email, origin: { variable } }: Pick<ServiceAccount, 'email' | 'origin'>,
): EntrypointError {
  const [code, description] = [fieldOf(body, 'error'), fieldOf(body, 'error_description')];
  const place = "Google's token endpoint";
  const health = 'status.cloud.google.com';
  if (status === 200 || typeof code !== 'string' || !/^[a-z_]{1,60}$/.test(code)) {
    return explainBy(notTokenEndpoint, { status }, { place, health, check: tokenEndpoint.address });
  }
  return explainBy(
    refusedKey,
    { status, code, message: String(description ?? '') },
    { place, health, email, variable },
  );
}
