import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Request } from './loopback-server.ts';

/** The parts of an `Authorization` header of Signature Version 4. */
export type Authorization = {
  readonly keyId: string;
  readonly scope: readonly [date: string, region: string, service: string];
  readonly signedHeaders: readonly string[];
  readonly signature: string;
};

/** Undefined for a header of any other form. */
export function parseAuthorization(header = ''): Authorization | undefined {
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/(\d{8})\/([^/,]+)\/([^/,]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;
  const match = form.exec(header);
  if (match === null) return undefined;
  const [, keyId = '', date = '', region = '', service = '', signed = '', signature = ''] = match;
  return { keyId, scope: [date, region, service], signedHeaders: signed.split(';'), signature };
}

/** Whether the signature is the one that this secret makes of this request. */
export function isSignedBy(secret: string, request: Request, authorization: Authorization): boolean {
  const [date, region, service] = authorization.scope;
  const parts = ['AWS4-HMAC-SHA256', String(request.headers['x-amz-date'])];
  parts.push(`${date}/${region}/${service}/aws4_request`, sha256(canonicalRequest(request, authorization)));
  let key: string | Buffer = `AWS4${secret}`;
  for (const part of [date, region, service, 'aws4_request']) key = hmac(key, part);
  return timingSafeEqual(hmac(key, parts.join('\n')), Buffer.from(authorization.signature, 'hex'));
}

/** The text that is hashed and signed. */
export function canonicalRequest(request: Request, { signedHeaders }: Authorization): string {
  const [path = '/', query = ''] = request.target.split('?');
  const headers = signedHeaders.map((name) => `${name}:${String(request.headers[name] ?? '').trim()}\n`);
  const pairs = query.split('&').filter((pair) => pair !== '');
  const sorted = pairs.map((pair) => (pair.includes('=') ? pair : `${pair}=`)).sort();
  const parts = [
    request.method,
    path,
    sorted.join('&'),
    headers.join(''),
    signedHeaders.join(';'),
    sha256(request.body),
  ];
  return parts.join('\n');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
