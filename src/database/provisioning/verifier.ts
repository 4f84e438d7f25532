import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { SecretContentError } from '../../errors.ts';
import { revealSecret, Secret } from '../../secret.ts';

export type VerifierInput = {
  readonly password: Secret;
  readonly role: string;
  /** `server_version_num`, such as 180004. */
  readonly serverVersion: number;
  /** 16 random bytes, as PostgreSQL takes them, unless a test gives others. */
  readonly salt?: Buffer;
};

/** PostgreSQL's own number of iterations, and the smallest that Kong's driver accepts. */
const ITERATIONS = 4096;
const FIRST_WITH_SCRAM = 100_000;

/**
 * What PostgreSQL keeps of a password, and takes in place of one: a SCRAM-SHA-256 verifier (RFC 5802, RFC 7677), before PostgreSQL 10 an
 * md5 of password and role. Nobody can log in with a SCRAM verifier; it is a Secret, for it lets the password be guessed at leisure.
 * Throws SecretContentError for a password that clients would prepare differently.
 */
export function createVerifier({ password, role, serverVersion, salt = randomBytes(16) }: VerifierInput): Secret {
  const text = revealSecret(password);
  if (serverVersion < FIRST_WITH_SCRAM) return new Secret(`md5${digest('md5', `${text}${role}`).toString('hex')}`);
  if (isChangedBySaslprep(text)) throw ambiguousPassword();
  const salted = pbkdf2Sync(text, salt, ITERATIONS, 32, 'sha256');
  const storedKey = digest('sha256', sign(salted, 'Client Key'));
  const keys = [storedKey, sign(salted, 'Server Key')].map((key) => key.toString('base64'));
  return new Secret(`SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${keys.join(':')}`);
}

function digest(algorithm: 'md5' | 'sha256', data: string | Buffer): Buffer {
  return createHash(algorithm).update(data).digest();
}

function sign(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** RFC 3454, tables B.1 (mapped to nothing) and C.1.2 (mapped to a space). */
const mapped =
  /[\u00a0\u00ad\u1680\u1806\u2000-\u200c\u202f\u205f\u2060\u3000\ufeff]|\u034f|\u180b|\u180c|\u180d|\u200d|[\ufe00-\ufe0f]/u;

/**
 * Whether SASLprep (RFC 4013) would make another text of this. PostgreSQL makes verifiers of the prepared text, or, where that is
 * prohibited, of the text itself; where the two are one nothing else of SASLprep matters.
 */
function isChangedBySaslprep(text: string): boolean {
  return mapped.test(text) || text.normalize('NFKC') !== text;
}

/** Kong's driver, pgmoon, sends the text as it is, and other clients the prepared one: no verifier would let both in. */
function ambiguousPassword(): SecretContentError {
  return new SecretContentError('the password has characters that SASLprep changes, so Kong could not log in with it', {
    settingKey: 'pg_password',
    hint: 'choose a password of ASCII characters, or of others that Unicode normalisation (NFKC) leaves alone',
  });
}
