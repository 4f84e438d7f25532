import { type EntrypointError, SettingError } from '../../errors.ts';
import { revealSecret } from '../../secret.ts';
import { explainBy, type FaultTable } from '../fault-table.ts';
import { googleHost } from '../gcp/explain.ts';
import { type GoogleToken, logIn } from '../gcp/log-in.ts';
import { type Answer, createHttp, type Http } from '../http/http.ts';
import { fieldOf, isToken, parseJson } from '../json.ts';
import { busyService, otherService } from '../service-faults.ts';
import type { BackendWorld, VaultOptionValues } from '../vault.ts';
import { type Login, loginPath, neededFor } from './login.ts';

/**
 * With a token that Google signs for a service account (Kong 3.14): the method `signJwt` of the IAM Service Account Credentials API, asked
 * with the credentials that the gcp vault finds. Throws AccessRefusedError, SettingError, UnavailableError.
 */
export async function prepareLogin(options: VaultOptionValues, world: BackendWorld): Promise<Login> {
  const role = neededFor('gcp_iam', options, 'gcp_auth_role');
  const account = neededFor('gcp_iam', options, 'gcp_service_account');
  const seconds = lifetimeIn(options);
  const http = createHttp(world);
  try {
    const credentials = await logIn(http, world);
    const claims = { sub: account, aud: `vault/${role}`, exp: Math.floor(Date.now() / 1000) + seconds };
    const jwt = await sign(claims, credentials, http);
    return {
      path: loginPath(options, 'gcp_login_path'),
      body: { role, jwt },
      secrets: [jwt],
      hint: `check the role "${role}" in Vault: its type must be iam, ${account} one of its bound service accounts, and max_jwt_exp at least ${seconds} s`,
    };
  } finally {
    await http.close();
  }
}

/** Seconds. Vault takes 15 minutes at most, unless the role says otherwise. */
function lifetimeIn(options: VaultOptionValues): number {
  const { gcp_jwt_exp: seconds } = options;
  if (typeof seconds === 'number' && seconds <= 900) return Math.floor(seconds);
  throw new SettingError('auth_method gcp_iam of the hcv vault needs the option gcp_jwt_exp, from 0 to 900', {
    hint: 'set KONG_VAULT_HCV_GCP_JWT_EXP to the seconds for which the signed token is good, such as 900',
  });
}

type Claims = { readonly sub: string; readonly aud: string; readonly exp: number };

const iamCredentials = googleHost('Google IAM Credentials');

async function sign(claims: Claims, credentials: GoogleToken, http: Http): Promise<string> {
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
