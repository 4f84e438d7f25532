import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

/*
 * What the PostgreSQL client computes for a login, in place of its own `crypto/utils`, which goes through Web Crypto: the runtime loads that
 * for nothing else here, and it takes two jobs of the thread pool for each of five short signatures. Only the key of SCRAM, about 4,096
 * rounds of SHA-256, is worth a thread; the rest is done at once. Names, arguments and results are those of the client's module.
 */
export { randomBytes };

/** SHA-256 in the 32 bytes that SCRAM-SHA-256 (RFC 7677) wants. */
export function deriveKey(password: string, salt: Uint8Array, iterations: number): Promise<Buffer> {
  return promisify(pbkdf2)(password, salt, iterations, 32, 'sha256');
}

export async function sha256(bytes: Uint8Array): Promise<Buffer> {
  return hashByName('SHA-256', bytes);
}

/** `name` is that of Web Crypto, which OpenSSL knows as well. */
export async function hashByName(name: string, bytes: Uint8Array): Promise<Buffer> {
  return createHash(name).update(bytes).digest();
}

export async function hmacSha256(key: Uint8Array, text: string): Promise<Buffer> {
  return createHmac('sha256', key).update(text).digest();
}

export async function md5(bytes: string | Uint8Array): Promise<string> {
  return createHash('md5').update(bytes).digest('hex');
}

/** The answer to AuthenticationMD5Password, as PostgreSQL's "Message Flow" defines it. */
export async function postgresMd5PasswordHash(user: string, password: string, salt: Uint8Array): Promise<string> {
  const inner = await md5(password + user);
  return `md5${await md5(Buffer.concat([Buffer.from(inner), salt]))}`;
}
