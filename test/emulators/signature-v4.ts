import { type Authorization, canonicalRequest, isSignedBy, parseAuthorization } from './canonical-request.ts';
import type { Request } from './loopback-server.ts';

/** An access key that the emulators accept. A temporary one has a session token and may end. */
export type AccessKey = {
  readonly id: string;
  readonly secret: string;
  readonly sessionToken?: string;
  readonly expires?: Date;
};

/** Why AWS would refuse a signature, by the name of its error and in its words. */
export type Refusal = { readonly name: string; readonly message: string };

export type Checked = { readonly key: AccessKey } | { readonly refusal: Refusal };

export type Expectation = {
  readonly service: string;
  readonly region: string;
  readonly keys: readonly AccessKey[];
  readonly now: Date;
};

const MAX_SKEW_MS = 5 * 60_000;

/**
 * Checks AWS Signature Version 4 as the service does, computed here from its public description and not by any SDK:
 * the scope, the clock, the session token, the headers that must be signed, and the signature itself.
 */
export function checkSignature(request: Request, expectation: Expectation): Checked {
  const authorization = parseAuthorization(request.headers.authorization);
  if (authorization === undefined) {
    return refuse('MissingAuthenticationTokenException', 'Missing Authentication Token');
  }
  const key = expectation.keys.find(({ id }) => id === authorization.keyId);
  const problem =
    wrongScope(authorization, expectation) ??
    wrongClock(request, expectation.now) ??
    wrongKey(request, key, expectation.now) ??
    unsignedHeader(request, authorization);
  if (problem !== undefined) return { refusal: problem };
  if (key !== undefined && isSignedBy(key.secret, request, authorization)) return { key };
  return refuse('InvalidSignatureException', mismatch(request, authorization));
}

function wrongScope({ scope }: Authorization, { region, service }: Expectation): Refusal | undefined {
  if (scope[1] !== region) return signatureRefusal('Credential should be scoped to a valid region.');
  if (scope[2] !== service) {
    return signatureRefusal(`Credential should be scoped to correct service: '${service}'.`);
  }
  return undefined;
}

function wrongClock(request: Request, now: Date): Refusal | undefined {
  const signed = parseAmzDate(String(request.headers['x-amz-date']));
  if (Number.isNaN(signed.getTime())) return signatureRefusal('Date in Credential scope does not match.');
  const skew = signed.getTime() - now.getTime();
  if (Math.abs(skew) <= MAX_SKEW_MS) return undefined;
  const [state, order] = skew < 0 ? ['expired', 'earlier'] : ['not yet current', 'later'];
  return signatureRefusal(`Signature ${state}: ${amzDate(signed)} is now ${order} than ${amzDate(now)} (5 min.)`);
}

function wrongKey(request: Request, key: AccessKey | undefined, now: Date): Refusal | undefined {
  const token = request.headers['x-amz-security-token'];
  if (key === undefined || token !== key.sessionToken) {
    return { name: 'UnrecognizedClientException', message: 'The security token included in the request is invalid.' };
  }
  if (key.expires === undefined || key.expires > now) return undefined;
  return { name: 'ExpiredTokenException', message: 'The security token included in the request is expired' };
}

/** `host` and every `x-amz-*` header have to be signed. */
function unsignedHeader(request: Request, { signedHeaders }: Authorization): Refusal | undefined {
  const needed = Object.keys(request.headers).filter((name) => name === 'host' || name.startsWith('x-amz-'));
  const unsigned = needed.filter((name) => !signedHeaders.includes(name));
  if (unsigned.length === 0) return undefined;
  return signatureRefusal(`'${unsigned.join("', '")}' must be a 'SignedHeader' in the AWS Authorization.`);
}

/** As the service words it: with the whole request that it hashed, the session token among its headers. */
function mismatch(request: Request, authorization: Authorization): string {
  const asked = `'${canonicalRequest(request, authorization)}'`;
  return `The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.\n\nThe Canonical String for this request should have been\n${asked}\n`;
}

function parseAmzDate(text: string): Date {
  return new Date(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

function amzDate(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d{3}/g, '');
}

function signatureRefusal(message: string): Refusal {
  return { name: 'InvalidSignatureException', message };
}

function refuse(name: string, message: string): Checked {
  return { refusal: { name, message } };
}
