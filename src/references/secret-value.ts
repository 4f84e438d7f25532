import { SecretContentError } from '../errors.ts';
import { revealSecret, Secret } from '../secret.ts';
import { trimLuaSpace } from '../settings/lua-space.ts';
import type { FoundReference } from './find-references.ts';
import { isReference } from './reference.ts';
import { readSecretKey } from './secret-object.ts';
import type { SecretRequest, WholeSecret } from './secret-source.ts';

export type ValueContext = {
  readonly found: FoundReference;
  readonly request: SecretRequest;
  readonly handover: 'references' | 'values';
};

/** Settings that Kong sends to PostgreSQL just as the vault has them (seen on 3.9.3). */
const sentUntrimmed = new Set(['pg_user', 'pg_password']);

/**
 * The value that a reference stands for: the request's key of the secret, decoded from base64 where that is asked for, trimmed as Kong trims
 * a setting. Throws SecretContentError for a value that Kong could not use.
 */
export function readSecretValue(secret: WholeSecret, { found, request, handover }: ValueContext): Secret {
  const text = readSecretKey(revealSecret(secret), request.secretKey);
  const value = request.base64Decode ? decodeBase64(text) : text;
  if (value.includes('\0')) {
    throw new SecretContentError('the value holds a NUL byte, which no setting can', {
      hint: 'store the value as text',
    });
  }
  const trimmed = trimLuaSpace(value);
  if (trimmed !== value && handover === 'references' && sentUntrimmed.has(found.setting.key)) {
    throw new SecretContentError(
      'the value has white space around it, which Kong would send to PostgreSQL as part of it',
      {
        hint: 'store the value without it (nearly always a newline at the end: use printf or a file without one)',
      },
    );
  }
  if (isReference(trimmed)) {
    throw new SecretContentError('the value is a vault reference itself, which Kong would dereference once more', {
      hint: 'store the value itself, or put that reference into the setting',
    });
  }
  return new Secret(trimmed);
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function decodeBase64(text: string): string {
  const bytes = Buffer.from(text, 'base64');
  const decoded = bytes.toString('utf8');
  if (base64.test(text) && Buffer.from(decoded, 'utf8').equals(bytes)) return decoded;
  throw new SecretContentError('the value is not text in base64, and base64_decode is on', {
    hint: 'store the value in base64 (standard alphabet, padded), or turn base64_decode off for this vault',
  });
}
