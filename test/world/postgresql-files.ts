import { execFile } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Account, type PostgresqlBinaries, serverAccount } from './postgresql-binaries.ts';

/** What the server presents, and the authority it asks clients' certificates of; PEM texts. */
export type ServerTls = {
  readonly certificate: string;
  readonly key: string;
  readonly clientAuthority?: string;
};

export type ServerConfiguration = {
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** Lines of pg_hba.conf for TCP. The superuser's way in over the socket is always there besides. */
  readonly hba?: readonly string[] | undefined;
  readonly tls?: ServerTls | undefined;
};

/** Where one server lives. */
export type ServerFolder = {
  readonly folder: string;
  readonly data: string;
  readonly socketDirectory: string;
  readonly logFile: string;
};

const run = promisify(execFile);

const DEFAULT_HBA = ['local all all scram-sha-256', 'host all all 127.0.0.1/32 scram-sha-256'];

/** Durability costs time and nothing here outlives its test. */
const FAST_SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  shared_buffers: '16MB',
  password_encryption: 'scram-sha-256',
};

/** Makes a fresh cluster that belongs to the server's account. */
export async function createCluster(
  binaries: PostgresqlBinaries,
  superuser: string,
  password: string,
): Promise<ServerFolder> {
  const folder = mkdtempSync(join(tmpdir(), 'postgresql-'));
  const where = {
    folder,
    data: join(folder, 'data'),
    socketDirectory: join(folder, 's'),
    logFile: join(folder, 'log'),
  };
  mkdirSync(where.socketDirectory);
  chmodSync(folder, 0o755);
  writeOwned(where.logFile, '', 0o644);
  const passwordFile = join(folder, 'password');
  writeOwned(passwordFile, password, 0o600);
  giveToAccount(folder);
  giveToAccount(where.socketDirectory);
  await initialise(binaries, ['-D', where.data, '-U', superuser, '--pwfile', passwordFile]);
  rmSync(passwordFile);
  return where;
}

async function initialise(binaries: PostgresqlBinaries, argv: readonly string[]): Promise<void> {
  const fixed = ['-A', 'scram-sha-256', '-E', 'UTF8', '--locale=C', '--no-sync'];
  await run(binaries.initdb, [...argv, ...fixed], { ...serverAccount(), cwd: '/', env: {} });
}

/** Writes postgresql.conf and pg_hba.conf again; the server reads them at its start, or when told to reload. */
export function configureCluster(
  where: ServerFolder,
  port: number,
  superuser: string,
  configuration: ServerConfiguration,
): void {
  const settings = {
    ...FAST_SETTINGS,
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: where.socketDirectory,
    ...tlsSettings(where, configuration.tls),
    ...configuration.settings,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`);
  writeOwned(join(where.data, 'postgresql.conf'), lines.join(''), 0o600);
  const hba = [`local all ${superuser} trust`, ...(configuration.hba ?? DEFAULT_HBA)];
  writeOwned(join(where.data, 'pg_hba.conf'), `${hba.join('\n')}\n`, 0o600);
}

function tlsSettings(where: ServerFolder, tls: ServerTls | undefined): Record<string, string> {
  if (tls === undefined) return { ssl: 'off' };
  writeOwned(join(where.data, 'server.crt'), tls.certificate, 0o600);
  writeOwned(join(where.data, 'server.key'), tls.key, 0o600);
  const settings = { ssl: 'on', ssl_cert_file: 'server.crt', ssl_key_file: 'server.key' };
  if (tls.clientAuthority === undefined) return settings;
  writeOwned(join(where.data, 'clients.crt'), tls.clientAuthority, 0o600);
  return { ...settings, ssl_ca_file: 'clients.crt' };
}

function writeOwned(path: string, text: string, mode: number): void {
  writeFileSync(path, text, { mode });
  chmodSync(path, mode);
  giveToAccount(path);
}

function giveToAccount(path: string): void {
  const account: Account | undefined = serverAccount();
  if (account !== undefined) chownSync(path, account.uid, account.gid);
}
