import { existsSync, readFileSync } from 'node:fs';
import pg from 'pg';
import { KongError } from './output.ts';
import { isOn, listSetting, numberSetting, type Settings } from './settings.ts';

export type Row = Record<string, unknown>;

/** One connection to Kong's database. Text without values may hold several statements: they are one transaction then. */
export type Connection = {
  query(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** The schema that unqualified names mean. */
  readonly schema: string;
  close(): Promise<void>;
};

/** Connects as the settings say. Each statement is bounded by the timeout; the server goes on with it alone. */
export async function connect(settings: Settings, timeout: number): Promise<Connection> {
  if (settings.get('pg_user') === '') {
    throw new KongError(
      '[PostgreSQL error] failed to retrieve PostgreSQL server_version_num: FATAL: no PostgreSQL user name specified in startup packet',
    );
  }
  const client = await openClient(settings, timeout);
  const query = async (sql: string, values?: readonly unknown[]) => {
    const result = await client.query<Row>(sql, values === undefined ? undefined : [...values]).catch(refuse);
    return [result].flat().at(-1)?.rows ?? [];
  };
  const named = settings.get('pg_schema');
  if (named !== undefined) await query(`SET search_path TO ${pg.escapeIdentifier(named)}`);
  const [current] = named === undefined ? await query('SELECT current_schema() AS schema') : [{ schema: named }];
  return { query, schema: String(current?.['schema'] ?? 'public'), close: () => client.end() };
}

async function openClient(settings: Settings, timeout: number): Promise<pg.Client> {
  if (!isOn(settings, 'pg_ssl')) return open(settings, timeout, false).catch(refuse);
  return open(settings, timeout, tlsOptions(settings)).catch((error: Error) => {
    const unsupported = error.message.includes('does not support SSL');
    return unsupported && !isOn(settings, 'pg_ssl_required')
      ? open(settings, timeout, false).catch(refuse)
      : refuse(error);
  });
}

async function open(settings: Settings, timeout: number, ssl: pg.ClientConfig['ssl']): Promise<pg.Client> {
  const client = new pg.Client({
    host: settings.get('pg_host') ?? '',
    port: numberSetting(settings, 'pg_port') ?? 5432,
    user: settings.get('pg_user') ?? '',
    password: settings.get('pg_password') ?? '',
    database: settings.get('pg_database') ?? '',
    connectionTimeoutMillis: timeout,
    query_timeout: timeout,
    ...(ssl === undefined ? {} : { ssl }),
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

function tlsOptions(settings: Settings): pg.ClientConfig['ssl'] {
  const file = (key: string) => {
    const path = settings.get(key);
    return path === undefined || !existsSync(path) ? path : readFileSync(path, 'utf8');
  };
  const [cert, key] = [file('pg_ssl_cert'), file('pg_ssl_cert_key')];
  const authorities = listSetting(settings, 'lua_ssl_trusted_certificate').filter((item) => item !== 'system');
  return {
    rejectUnauthorized: isOn(settings, 'pg_ssl_verify'),
    checkServerIdentity: () => undefined,
    ...(authorities.length === 0 ? {} : { ca: authorities.map(readAuthorities) }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  };
}

/** A path, a PEM text, or base64 of one. */
function readAuthorities(item: string): string {
  if (existsSync(item)) return readFileSync(item, 'utf8');
  return item.includes('-----BEGIN ') ? item : Buffer.from(item, 'base64').toString();
}

/** Kong's words for what the driver says: under SCRAM every failed login reads alike. */
function refuse(error: Error & { code?: string }): never {
  throw new KongError(`[PostgreSQL error] ${describe(error)}`);
}

function describe(error: Error & { code?: string }): string {
  const connecting = 'failed to retrieve PostgreSQL server_version_num:';
  if (error.code === '28P01' || error.message.startsWith('SASL:'))
    return `${connecting} authentication exchange unsuccessful`;
  if (error.code === 'ECONNREFUSED') return `${connecting} connection refused`;
  if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN')
    return `${connecting} [cosocket] DNS resolution failed: dns server error: 3 name error`;
  if (/timeout/i.test(error.message)) return `${connecting} timeout`;
  return error.code === undefined ? `${connecting} ${error.message}` : `ERROR: ${error.message}`;
}
