import type { Client } from 'pg';
import { AccessRefusedError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { revealSecret, type Secret } from '../../secret.ts';
import { NO_TLS } from '../available/fault-sentences.ts';
import { type ConnectionSettings, nameConnection } from '../connection-settings.ts';
import { readTls, type Tls } from './connection-tls.ts';
import { keepAlive } from './keepalive.ts';
import type { LookAhead } from './look-ahead.ts';
import { withinBounds } from './within-bounds.ts';

export type ConnectOptions = {
  readonly log: Log;
  readonly ahead: LookAhead;
  /** The password: from `pg_password`, or a token made for this login. */
  readonly password: () => Promise<Secret | undefined>;
  /** Aborting it ends an attempt that is still unanswered. */
  readonly signal: AbortSignal;
};

/**
 * One connection to PostgreSQL as Kong would make it. Nothing of libpq's world acts on it: every field is given, the password as a
 * function, and only `user`, `database`, `client_encoding` and `application_name` are sent, for a pooler refuses more. Throws what the
 * driver throws, or AccessRefusedError for a server that wants the password in clear text.
 */
export async function connect(settings: ConnectionSettings, options: ConnectOptions): Promise<Client> {
  const tls = readTls(settings.typed);
  try {
    return await open(settings, tls, options);
  } catch (error) {
    if (tls === undefined || tls.isRequired || !isRefusalOfTls(error)) throw error;
    options.log.warn(
      `${nameConnection(settings)}: the server has no TLS; continuing in plain text, as Kong does without pg_ssl_required`,
    );
    return open(settings, undefined, options);
  }
}

function isRefusalOfTls(error: unknown): boolean {
  return error instanceof Error && error.message === NO_TLS;
}

async function open(settings: ConnectionSettings, tls: Tls, options: ConnectOptions): Promise<Client> {
  const { Client } = await import('pg');
  let asksInClear = false;
  const client = new Client({
    host: settings.host,
    port: settings.port,
    user: settings.user,
    database: settings.database,
    password: async () => {
      if (asksInClear && !mayBeSentInClear(settings, tls)) throw refuseClearText(settings);
      const password = await options.password();
      return password === undefined ? '' : revealSecret(password);
    },
    ssl: tls?.options ?? false,
    stream: () => keepAlive(options.ahead.openSocket()),
    application_name: 'kong-entrypoint',
    client_encoding: 'UTF8',
    connectionTimeoutMillis: settings.timeout,
  });
  // A connection that is lost later fails the next query; without a listener it would end the process.
  client.on('error', (error) => options.log.debug(`connection to PostgreSQL lost: ${error.message}`));
  client.connection.prependListener('authenticationCleartextPassword', () => {
    asksInClear = true;
  });
  try {
    await withinBounds(client, { limit: 2 * settings.timeout, signal: options.signal }, () => client.connect());
  } catch (error) {
    client.connection.stream.destroy();
    throw error;
  }
  return client;
}

/** A password only to a server whose certificate was verified; a token, which is good for minutes, to any that is encrypted. */
function mayBeSentInClear({ tokenSetting }: ConnectionSettings, tls: Tls): boolean {
  return tls !== undefined && (tls.isVerified || tokenSetting !== undefined);
}

function refuseClearText(settings: ConnectionSettings): AccessRefusedError {
  return new AccessRefusedError(
    `${nameConnection(settings)}: the server asks for the password in clear text over an unverified connection`,
    {
      settingKey: 'pg_password',
      hint: 'make the server use scram-sha-256 (pg_hba.conf), or set KONG_PG_SSL=on and KONG_PG_SSL_VERIFY=on',
    },
  );
}
