import { AccessRefusedError, codeOf, EntrypointError, SettingError } from '../errors.ts';

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
const emptyPassword = /client password must be a(?: non-empty)? string/;
const noTls = 'The server does not support SSL connections';

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

type Sentence = {
  readonly text: string;
  readonly hint: string;
  readonly settingKey: string;
  readonly isRefusal?: true;
  readonly canBePolled?: true;
};

/** What a role that may not create tables has to be given. */
export const GRANT_CREATE =
  'from PostgreSQL 15 on a role that does not own the database needs: GRANT CREATE ON SCHEMA public TO <role>';

const sentences: Readonly<Partial<Record<string, Sentence>>> = {
  '3D000': {
    settingKey: 'pg_database',
    text: 'the database does not exist',
    canBePolled: true,
    hint: 'create it (CREATE DATABASE ... OWNER ...), or correct KONG_PG_DATABASE',
  },
  '28000': {
    settingKey: 'pg_user',
    text: 'PostgreSQL does not let this user in from here',
    isRefusal: true,
    hint: 'check pg_hba.conf and the LOGIN right of the role; a server that demands TLS (rds.force_ssl) needs KONG_PG_SSL=on',
  },
  '42501': {
    settingKey: 'pg_user',
    text: 'the role lacks a right that is needed',
    isRefusal: true,
    canBePolled: true,
    hint: GRANT_CREATE,
  },
  '55000': {
    settingKey: 'pg_database',
    text: 'the database does not accept connections',
    hint: 'ALTER DATABASE ... ALLOW_CONNECTIONS true, or name another database',
  },
  '25006': {
    settingKey: 'pg_host',
    text: 'the server is read-only, and something has to be written',
    isRefusal: true,
    hint: 'give the writer endpoint of the database, not a reader',
  },
};

/** RDS answers so where the token of `pg_iam_auth` is not good for this role. */
const refusedToken: Sentence = {
  settingKey: 'pg_iam_auth',
  text: 'PostgreSQL refused the token for this role',
  isRefusal: true,
  hint: 'GRANT rds_iam TO the role, allow rds-db:connect on it, and check the region and the clock',
};

function lasting(code: string, message: string, connection: string, cause: unknown): Fault {
  const sentence = /^PAM authentication failed/.test(message)
    ? refusedToken
    : (sentences[code] ?? noCode(code, message));
  const details = { settingKey: sentence.settingKey, hint: sentence.hint, cause };
  const text = `${connection}: ${sentence.text}`;
  const error = sentence.isRefusal ? new AccessRefusedError(text, details) : new SettingError(text, details);
  return { kind: 'lasting', error, canBePolled: sentence.canBePolled ?? false };
}

function noCode(code: string, message: string): Sentence {
  if (emptyPassword.test(message)) {
    return {
      settingKey: 'pg_password',
      text: 'the server asks for a password, and none is set',
      hint: 'set KONG_PG_PASSWORD, best as a vault reference',
      isRefusal: true,
    };
  }
  if (message === noTls) {
    return {
      settingKey: 'pg_ssl',
      text: 'the server has no TLS, and it is required',
      hint: 'turn TLS on at the server, or set KONG_PG_SSL_REQUIRED=off, which a login by token does not allow',
    };
  }
  if (/CERT|SELF_SIGNED|^ERR_(?:TLS|SSL)|^EPROTO/.test(code)) {
    return {
      settingKey: 'pg_ssl',
      text: `TLS failed (${code})`,
      isRefusal: true,
      hint: "add the server's certificate authority to KONG_LUA_SSL_TRUSTED_CERTIFICATE (RDS: the regional bundle), and check KONG_PG_SSL_VERSION",
    };
  }
  return {
    settingKey: 'pg_host',
    text: `PostgreSQL answered: ${message} (${code})`,
    hint: 'look the code up in the documentation of PostgreSQL',
    isRefusal: true,
  };
}
