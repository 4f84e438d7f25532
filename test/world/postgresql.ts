import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import pg from 'pg';
import { findPostgresqlBinaries, type PostgresqlVersion } from './postgresql-binaries.ts';
import { configureCluster, createCluster, type ServerConfiguration } from './postgresql-files.ts';
import { type ServerProcess, type StopMode, startServerProcess } from './postgresql-process.ts';
import { watchOver } from './postgresql-watchdog.ts';

export type { PostgresqlVersion } from './postgresql-binaries.ts';
export { availablePostgresqlVersions } from './postgresql-binaries.ts';
export type { ServerConfiguration, ServerTls } from './postgresql-files.ts';
export type { StopMode } from './postgresql-process.ts';

export type PostgresqlOptions = ServerConfiguration & {
  readonly version?: PostgresqlVersion;
  readonly port?: number;
  /** False makes the cluster and leaves it down: `start()` brings it up on the port already told. */
  readonly running?: boolean;
  /** Words before the server's program that run it elsewhere, such as in a network namespace, under the server's account. */
  readonly within?: readonly string[];
};

export type Login = { readonly user?: string; readonly password?: string; readonly database?: string };
export type Row = Record<string, unknown>;

/** A real PostgreSQL of its own: one data folder, one port on loopback, SCRAM-SHA-256 logins. */
export type Postgresql = {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly superuser: string;
  readonly superuserPassword: string;
  readonly dataDirectory: string;
  readonly socketDirectory: string;
  readonly logFile: string;
  /** Runs SQL as the superuser, or as another role taken on, over the socket: no pg_hba.conf of a test is in its way. */
  query(sql: string, login?: { readonly database?: string; readonly user?: string }): Promise<Row[]>;
  /** An open connection over TCP, as any client has it. The caller ends it. */
  connect(login: Login): Promise<pg.Client>;
  createRole(name: string, password: string, attributes?: string): Promise<void>;
  createDatabase(name: string, owner?: string): Promise<void>;
  /** Replaces what was configured before and reloads; what needs a restart takes effect at the next one. */
  configure(configuration: ServerConfiguration): void;
  log(): string;
  /** Returns when it takes queries, or when what is given here comes true. */
  start(isUp?: () => Promise<unknown>): Promise<void>;
  stop(mode?: StopMode): Promise<void>;
  restart(mode?: StopMode): Promise<void>;
  close(): Promise<void>;
};

const SUPERUSER = 'postgres';
const SUPERUSER_PASSWORD = 'superuser-password';

/** Starts a fresh server. `close()` removes it; so does the end of this process, whatever ends it. */
export async function startPostgresql(options: PostgresqlOptions = {}): Promise<Postgresql> {
  const binaries = findPostgresqlBinaries(options.version ?? 18);
  const where = await createCluster(binaries, SUPERUSER, SUPERUSER_PASSWORD);
  const watchdog = watchOver(where.folder);
  const port = options.port ?? (await freePort());
  configureCluster(where, port, SUPERUSER, options);
  let server: ServerProcess | undefined;

  async function query(sql: string, login: Login = {}): Promise<Row[]> {
    const client = new pg.Client({
      host: where.socketDirectory,
      port,
      user: SUPERUSER,
      password: '',
      ssl: false,
      database: login.database ?? SUPERUSER,
    });
    client.on('error', () => undefined);
    await client.connect();
    try {
      if (login.user !== undefined) await client.query(`SET SESSION AUTHORIZATION ${quote(login.user)}`);
      const result = await client.query<Row>(sql);
      return [result].flat().at(-1)?.rows ?? [];
    } finally {
      await client.end();
    }
  }

  async function start(isUp: () => Promise<unknown> = () => query('SELECT 1')): Promise<void> {
    if (server?.running()) return;
    server = await startServerProcess([...(options.within ?? []), binaries.postgres], where, isUp);
  }

  async function stop(mode: StopMode = 'fast'): Promise<void> {
    await server?.stop(mode);
    server = undefined;
  }

  if (options.running !== false) await start();
  return {
    host: '127.0.0.1',
    port,
    superuser: SUPERUSER,
    superuserPassword: SUPERUSER_PASSWORD,
    dataDirectory: where.data,
    socketDirectory: where.socketDirectory,
    logFile: where.logFile,
    query,
    start,
    stop,
    async restart(mode) {
      await stop(mode);
      await start();
    },
    async connect(login) {
      const { user = SUPERUSER, password = SUPERUSER_PASSWORD, database = SUPERUSER } = login;
      const client = new pg.Client({ host: '127.0.0.1', port, user, password, database, ssl: false });
      await client.connect();
      return client;
    },
    async createRole(name, password, attributes = '') {
      await query(`CREATE ROLE ${quote(name)} LOGIN PASSWORD '${password.replaceAll("'", "''")}' ${attributes}`);
    },
    async createDatabase(name, owner = SUPERUSER) {
      await query(`CREATE DATABASE ${quote(name)} OWNER ${quote(owner)}`);
    },
    configure(configuration) {
      configureCluster(where, port, SUPERUSER, configuration);
      server?.reload();
    },
    log: () => readFileSync(where.logFile, 'utf8'),
    async close() {
      await stop('immediate');
      await rm(where.folder, { recursive: true, force: true, maxRetries: 10 });
      watchdog.dismiss();
    },
  };
}

/** Below the range from which the system hands out ports, so that none is taken while a server is down. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 15000 + Math.floor(Math.random() * 15000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const listener = createServer();
  listener.once('error', () => resolve(false));
  listener.listen(port, '127.0.0.1', () => listener.close(() => resolve(true)));
  return promise;
}

function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}
