import { type GoogleRefusal, refusal } from './google-refusals.ts';
import type { Reply } from './google-token-endpoint.ts';
import type { Claims, Issuer } from './json-web-token.ts';
import type { Request } from './loopback-server.ts';

/** A service account that Google signs for, and the bearer tokens whose owners may ask for it. */
export type Signer = { readonly email: string; readonly key: Issuer; readonly callers: readonly string[] };

const TARGET = /^\/v1\/projects\/-\/serviceAccounts\/([^/:]+):signJwt$/;
const LONGEST = 12 * 3600;

/** The method `signJwt` of Google's IAM Service Account Credentials API. The claims are signed as they are given. */
export function answerSignRequest({ method, target, headers, body }: Request, signers: readonly Signer[]): Reply {
  const bearer = /^Bearer ([\x21-\x7e]+)$/.exec(headers.authorization ?? '')?.[1] ?? '';
  const email = decodeURIComponent(TARGET.exec(target)?.[1] ?? '');
  if (method !== 'POST' || email === '') return refusal({ ...notFound, message: 'Method not found.' });
  if (headers['content-type'] !== 'application/json') return refusal(invalid);
  if (!signers.some(({ callers }) => callers.includes(bearer))) return refusal(unauthenticated);
  const signer = signers.find((one) => one.email === email && one.callers.includes(bearer));
  if (signer === undefined) return refusal(denied);
  const claims = claimsIn(body);
  if (claims === undefined) return refusal(invalid);
  return { status: 200, body: { keyId: '0123456789abcdef', signedJwt: signer.key.sign(claims) } };
}

/** The payload is itself JSON in a text; it must expire, and within twelve hours. */
function claimsIn(body: string): Claims | undefined {
  const { payload, ...others } = JSON.parse(body);
  if (typeof payload !== 'string' || Object.keys(others).length > 0) return undefined;
  const claims: Claims = JSON.parse(payload);
  const left = Number(claims['exp']) - Date.now() / 1000;
  return left > -60 && left < LONGEST ? claims : undefined;
}

const notFound = { code: 404, status: 'NOT_FOUND', message: 'Not found; Gaia id not found.' } as const;
const invalid: GoogleRefusal = {
  code: 400,
  status: 'INVALID_ARGUMENT',
  message: 'Request contains an invalid argument.',
};
const unauthenticated: GoogleRefusal = {
  code: 401,
  status: 'UNAUTHENTICATED',
  message: 'Request had invalid authentication credentials.',
};
const denied: GoogleRefusal = {
  code: 403,
  status: 'PERMISSION_DENIED',
  message: "Permission 'iam.serviceAccounts.signJwt' denied on resource (or it may not exist).",
  reason: 'IAM_PERMISSION_DENIED',
};
