import { AccessRefusedError, codeOf, EntrypointError, SettingError } from '../../errors.ts';
import type { OurTokenSetting, TokenSetting } from '../../references/needed.ts';
import { refusedToken, sentenceFor, tokenHints } from './fault-sentences.ts';
import { codeOfPoolerMessage } from './pooler-words.ts';

/** It can heal by itself: the server is down, silent, starting, full, or failing over. */
export type PassingFault = {
  readonly kind: 'passing';
  readonly reason: string;
  /** What is thrown where it does not heal in time; else that PostgreSQL was not available. */
  readonly otherwise?: EntrypointError | undefined;
};

/** What a failed login or statement means for the one who waits. */
export type Fault =
  | PassingFault
  /** The password, or the role, was refused; a rotation may just have happened. */
  | { readonly kind: 'login'; readonly error: AccessRefusedError }
  /** Waiting alone does not heal it. `canBePolled`: somebody else's provisioning or grants may. */
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

/** Words of the driver that come without a code: the connection closed, or was closed before. */
const passingMessages =
  /^(?:Connection terminated|timeout expired|Client (?:has encountered a connection error|was closed)|There was an error establishing an SSL connection)/;

/** The SQLSTATE or system code of what a statement threw, also behind an error of our own. */
export function codeOfFault(error: unknown): string {
  return codeOf(error instanceof EntrypointError ? error.cause : error);
}

/** A fault that we found ourselves and that may pass. Its message is the reason for waiting. */
export class PassingError extends Error {
  override readonly name = 'PassingError';
  readonly otherwise: EntrypointError | undefined;

  constructor(reason: string, otherwise?: EntrypointError) {
    super(reason);
    this.otherwise = otherwise;
  }
}

/** Classifies what the driver threw. `connection` names user, host, port and database; a login by a token says by which setting. */
export function readFault(error: unknown, connection: string, tokenSetting?: TokenSetting): Fault {
  if (error instanceof PassingError) return { kind: 'passing', reason: error.message, otherwise: error.otherwise };
  if (error instanceof EntrypointError) return { kind: 'lasting', error, canBePolled: false };
  if (error instanceof AggregateError && error.errors.length > 0)
    return readFault(error.errors[0], connection, tokenSetting);
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : '';
  const meant = code === '08P01' ? codeOfPoolerMessage(message) : code;
  if (isPassing(meant, message)) return { kind: 'passing', reason: describe(meant, message) };
  if (isOurs(tokenSetting) && (meant === '28P01' || refusedToken.test(message))) {
    return { kind: 'login', error: refusedLoginByToken(connection, tokenSetting, error) };
  }
  if (meant === '28P01') return { kind: 'login', error: refusedLogin(connection, error) };
  return lasting(meant, message, connection, error);
}

function isPassing(code: string, message: string): boolean {
  return (
    passingCodes.has(code) || /^(?:08|53|57P|58)/.test(code) || (code === 'unknown' && passingMessages.test(message))
  );
}

/** By the driver's words, else by the system's code. */
const reasons: Readonly<Partial<Record<string, string>>> = {
  ECONNREFUSED: 'nothing listens there yet',
  ENOTFOUND: 'the name of the host is not known',
  EAI_AGAIN: 'the name of the host cannot be looked up yet',
  ETIMEDOUT: 'no answer',
  ECONNRESET: 'the connection was reset',
  EHOSTUNREACH: 'there is no way to the host',
  ENETUNREACH: 'there is no way to the network',
  ENOENT: 'the socket is not there yet',
  'timeout expired': 'the login was not answered',
  unknown: 'the connection was closed',
};

function describe(code: string, message: string): string {
  return reasons[message] ?? reasons[code] ?? `${message} (${code})`;
}

function refusedLogin(connection: string, cause: unknown): AccessRefusedError {
  return new AccessRefusedError(`${connection}: PostgreSQL refused the login`, {
    settingKey: 'pg_password',
    hint: 'check that the role exists and that this is its password; PostgreSQL does not say which is wrong',
    cause,
  });
}

function isOurs(setting: TokenSetting | undefined): setting is OurTokenSetting {
  return setting !== undefined && setting !== 'pg_oauth_auth';
}

function refusedLoginByToken(connection: string, settingKey: OurTokenSetting, cause: unknown): AccessRefusedError {
  return new AccessRefusedError(`${connection}: PostgreSQL refused the token for this role`, {
    settingKey,
    hint: tokenHints[settingKey],
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
