import type { EntrypointError } from '../../errors.ts';
import { revealSecret } from '../../secret.ts';
import { explainBy, type FaultTable } from '../fault-table.ts';
import { googleHost } from '../gcp/explain.ts';
import type { GoogleToken } from '../gcp/log-in.ts';
import type { Answer, Http } from '../http/http.ts';
import { fieldOf, isToken, parseJson } from '../json.ts';
import { busyService, otherService } from '../service-faults.ts';

/** What a token says. */
type Claims = { readonly sub: string; readonly aud: string; readonly exp: number };

const iamCredentials = googleHost('Google IAM Credentials');

/**
 * A token with these claims, signed by Google with a key of the service account in `sub`: the method `signJwt` of the IAM Service Account
 * Credentials API. Throws AccessRefusedError, SettingError, UnavailableError.
 */
export async function signByGoogle(claims: Claims, credentials: GoogleToken, http: Http): Promise<string> {
  const account = encodeURIComponent(claims.sub);
  const answer = await http.request({
    peer: iamCredentials,
    method: 'POST',
    url: new URL(`https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${account}:signJwt`),
    headers: {
      accept: 'application/json',
      authorization: `Bearer ${revealSecret(credentials.value)}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ payload: JSON.stringify(claims) }),
    isRepeatable: true,
  });
  const jwt = answer.status === 200 ? fieldOf(parseJson(answer.text), 'signedJwt') : undefined;
  if (isToken(jwt)) return jwt;
  throw await explainUnsigned(answer, claims.sub, credentials);
}

/** By the first `reason` in the details of Google's answer, else its `status`. */
const unsigned = [
  ...busyService,
  {
    when: { code: 'SERVICE_DISABLED' },
    kind: 'setting',
    says: 'the IAM Service Account Credentials API is not enabled in the project of {account}',
    hint: 'gcloud services enable iamcredentials.googleapis.com --project=PROJECT',
  },
  {
    when: { code: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT' },
    kind: 'refused',
    says: 'the access token has no scope to sign (credentials from: {link})',
    hint: 'give the instance or the node pool the access scope cloud-platform, or use Workload Identity on GKE',
  },
  {
    when: { status: 401, code: /^[A-Z_]+$/ },
    kind: 'refused',
    says: '{place} refused the access token (credentials from: {link})',
    hint: 'check that the service account is not disabled, its key not deleted, and the clock of this machine',
  },
  {
    // Google answers the same for an account that does not exist.
    when: { status: 403, code: /^[A-Z_]+$/ },
    kind: 'refused',
    says: '{caller} may not sign as {account} (iam.serviceAccounts.signJwt), or there is no such account',
    hint: 'give it the role Service Account Token Creator: gcloud iam service-accounts add-iam-policy-binding {account} --member=serviceAccount:{member} --role=roles/iam.serviceAccountTokenCreator',
  },
  {
    when: { code: /^[A-Z_]+$/ },
    kind: 'setting',
    says: '{place} could not sign for {account} (status {status}, {code})',
    hint: 'check KONG_VAULT_HCV_GCP_SERVICE_ACCOUNT and KONG_VAULT_HCV_GCP_JWT_EXP',
  },
  ...otherService,
] as const satisfies FaultTable;

async function explainUnsigned(
  { status, text }: Answer,
  account: string,
  { link, principal }: GoogleToken,
): Promise<EntrypointError> {
  const error = fieldOf(parseJson(text), 'error');
  const details = fieldOf(error, 'details');
  const reasons = Array.isArray(details) ? details.map((detail) => fieldOf(detail, 'reason')) : [];
  const code = [...reasons, fieldOf(error, 'status')].find((word) => typeof word === 'string');
  const caller = status === 403 ? await principal() : undefined;
  return explainBy(
    unsigned,
    { status, code },
    {
      place: iamCredentials.name,
      health: 'status.cloud.google.com',
      check: iamCredentials.address,
      account,
      link,
      caller: caller ?? 'the service account of this instance',
      member: caller ?? 'EMAIL',
    },
  );
}
