import { generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import type { Request } from './loopback-server.ts';

/** A service account, the key that is in `GCP_SERVICE_ACCOUNT`, and the token that it gets. */
export type GoogleAccount = {
  readonly email: string;
  /** The JSON text that Google gives out. */
  readonly keyText: string;
  readonly publicKey: KeyObject;
  readonly token: string;
  /** What the token is for, and has to be asked for. */
  readonly scope: string;
};

/** What a host of Google's answers. */
export type Reply = { readonly status: number; readonly body: object };

const SECRETS = 'https://www.googleapis.com/auth/cloud-platform';
const AUDIENCE = 'https://oauth2.googleapis.com/token';
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

export function createAccount(name: string, token: string, scope: string = SECRETS): GoogleAccount {
  const email = `${name}@project-123.iam.gserviceaccount.com`;
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const key = {
    type: 'service_account',
    project_id: 'project-123',
    private_key_id: '0123456789abcdef',
    private_key: pem,
    client_email: email,
    token_uri: AUDIENCE,
    universe_domain: 'googleapis.com',
  };
  return { email, keyText: JSON.stringify(key), publicKey, token, scope };
}

/** Google's token endpoint, for signed requests alone (RFC 7523). The signature is checked, and every claim. */
export function answerTokenRequest(request: Request, accounts: readonly GoogleAccount[], now: number): Reply {
  const form = [...new URLSearchParams(request.body)];
  const { grant_type: grant, assertion = '', ...others } = Object.fromEntries(form);
  const isForm = /^application\/x-www-form-urlencoded(;|$)/.test(request.headers['content-type'] ?? '');
  if (request.method !== 'POST' || request.target !== '/token' || !isForm)
    return refusal('invalid_request', 'not a form');
  if (form.length !== 2 || Object.keys(others).length > 0) return refusal('invalid_request', 'Bad Request');
  if (grant !== GRANT) return refusal('unsupported_grant_type', `Invalid grant_type: ${grant}`);
  return checkAssertion(assertion, accounts, now);
}

function checkAssertion(assertion: string, accounts: readonly GoogleAccount[], now: number): Reply {
  const [header = '', payload = '', signature = '', ...rest] = assertion.split('.');
  if (rest.length > 0 || decode(header)['alg'] !== 'RS256') return refusal('invalid_grant', 'Invalid JWT.');
  const claims = decode(payload);
  const account = accounts.find(({ email }) => email === claims['iss']);
  if (account === undefined) return refusal('invalid_grant', 'Invalid grant: account not found');
  const signed = Buffer.from(`${header}.${payload}`);
  if (!verify('sha256', signed, account.publicKey, Buffer.from(signature, 'base64url'))) {
    return refusal('invalid_grant', 'Invalid JWT Signature.');
  }
  const [issued, expires] = [Number(claims['iat']), Number(claims['exp'])];
  if (!(Math.abs(now / 1000 - issued) < 300 && expires > issued && expires - issued <= 3600)) {
    const words =
      'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.';
    return refusal('invalid_grant', words);
  }
  if (claims['aud'] !== AUDIENCE) return refusal('invalid_grant', 'Invalid JWT: wrong audience');
  if (claims['scope'] !== account.scope || 'target_audience' in claims)
    return refusal('invalid_scope', 'Invalid scope.');
  return { status: 200, body: { access_token: account.token, expires_in: 3599, token_type: 'Bearer' } };
}

function refusal(error: string, description: string): Reply {
  return { status: 400, body: { error, error_description: description } };
}

function decode(part: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch {
    return {};
  }
}
