import { AccessRefusedError, codeOf, EntrypointError, SettingError } from '../../errors.ts';
import { sentenceFor } from './fault-sentences.ts';

/** What a failed login or query means for the one who waits. */
export type Fault =
  /** It can heal by itself: the server is down, starting, full, or failing over. */
  | { readonly kind: 'passing'; readonly reason: string }
  /** The password, or the role, was refused; a rotation may just have happened. */
  | { readonly kind: 'login'; readonly error: AccessRefusedError }
  /** It will not heal by waiting. `canBePolled`: somebody else's provisioning or grants may bring it. */
  | { readonly kind: 'lasting'; readonly error: EntrypointError; readonly canBePolled: boolean };

const passingCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EAI_AGAIN',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ENOENT',
]);

/** Words of the driver that come without a code. */
const passingMessages = /^(?:Connection terminated|timeout expired|Client has encountered a connection error)/;

/** The SQLSTATE or the system's code of what a statement threw, also where it was put into words already. */
export function codeOfFault(error: unknown): string {
  return codeOf(error instanceof EntrypointError ? error.cause : error);
}

/** Sorts what the driver threw. `connection` names user, host, port and database. */
export function readFault(error: unknown, connection: string): Fault {
  if (error instanceof EntrypointError) return { kind: 'lasting', error, canBePolled: false };
  if (error instanceof AggregateError && error.errors.length > 0) return readFault(error.errors[0], connection);
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : '';
  const poolerCode = code === '08P01' ? codeOfPoolerMessage(message) : code;
  if (isPassing(poolerCode, message)) return { kind: 'passing', reason: describe(poolerCode, message) };
  if (poolerCode === '28P01') return { kind: 'login', error: refusedLogin(connection, error) };
  return lasting(poolerCode, message, connection, error);
}

function isPassing(code: string, message: string): boolean {
  return (
    passingCodes.has(code) || /^(?:08|53|57P|58)/.test(code) || (code === 'unknown' && passingMessages.test(message))
  );
}

/** PgBouncer reports many faults as a protocol violation, and only its words tell which. */
function codeOfPoolerMessage(message: string): string {
  if (/auth(?:entication)? failed|password/i.test(message)) return '28P01';
  if (/no such (?:database|user)|does not exist/i.test(message)) return /user/i.test(message) ? '28P01' : '3D000';
  return '08P01';
}

function describe(code: string, message: string): string {
  const words: Readonly<Partial<Record<string, string>>> = {
    ECONNREFUSED: 'nothing listens there yet',
    ENOTFOUND: 'the name of the host is not known',
    EAI_AGAIN: 'the name of the host cannot be looked up yet',
    ETIMEDOUT: 'no answer',
    EHOSTUNREACH: 'there is no way to the host',
    ENETUNREACH: 'there is no way to the network',
    ENOENT: 'the socket is not there yet',
  };
  return words[code] ?? (code === 'unknown' ? message.toLowerCase() : `${message} (${code})`);
}

function refusedLogin(connection: string, cause: unknown): AccessRefusedError {
  return new AccessRefusedError(`${connection}: PostgreSQL refused the login`, {
    settingKey: 'pg_password',
    hint: 'check that the role exists and that this is its password; PostgreSQL does not tell which of the two it is',
    cause,
  });
}

function lasting(code: string, message: string, connection: string, cause: unknown): Fault {
  const sentence = sentenceFor(code, message);
  const details = { settingKey: sentence.settingKey, hint: sentence.hint, cause };
  const text = `${connection}: ${sentence.text}`;
  const error = sentence.isRefusal ? new AccessRefusedError(text, details) : new SettingError(text, details);
  return { kind: 'lasting', error, canBePolled: sentence.canBePolled ?? false };
}
