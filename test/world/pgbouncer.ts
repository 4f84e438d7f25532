import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { serverAccount } from './postgresql-binaries.ts';

export type PgbouncerOptions = {
  /** The server behind it, on the loopback. */
  readonly serverPort: number;
  readonly user: string;
  readonly password: string;
  /** How many server connections each database gets. */
  readonly poolSize: number;
};

/** A real PgBouncer in transaction mode, which refuses every startup parameter that it does not know. */
export type Pgbouncer = {
  readonly port: number;
  log(): string;
  close(): Promise<void>;
};

const PROGRAM = '/usr/sbin/pgbouncer';
const START_LIMIT = 15_000;

/** PgBouncer from the packages of this system, where it is missing: as root on Debian or Ubuntu. The package stays, and its own service is not started. */
export function installPgbouncer(): void {
  if (existsSync(PROGRAM)) return;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Error('PgBouncer is not here, and only root on Debian can have it installed');
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const apt = (...words: readonly string[]): unknown =>
    execFileSync('apt-get', ['-qq', '-o', 'Dpkg::Use-Pty=0', ...words], {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  apt('update');
  apt('install', '--yes', '--no-install-recommends', 'pgbouncer');
}

/** Starts it. `close()` removes all that is of it. */
export async function startPgbouncer(options: PgbouncerOptions): Promise<Pgbouncer> {
  const folder = mkdtempSync(join(tmpdir(), 'pgbouncer-'));
  const port = await freePort();
  const account = serverAccount();
  write(folder, 'users.txt', `"${options.user}" "${options.password}"\n`);
  const configuration = write(folder, 'pgbouncer.ini', configure(options, folder, port));
  if (account !== undefined) chownSync(folder, account.uid, account.gid);
  const child = spawn(PROGRAM, [configuration], { ...account, stdio: 'ignore', cwd: '/', env: {} });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const log = (): string => readFileSync(join(folder, 'log'), 'utf8');
  await untilItListens(port, child, log);
  return {
    port,
    log,
    async close() {
      process.off('exit', kill);
      child.kill('SIGKILL');
      while (child.exitCode === null && child.signalCode === null) await sleep(5);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** No `ignore_startup_parameters`: what it does not know by itself is refused. */
function configure({ serverPort, poolSize }: PgbouncerOptions, folder: string, port: number): string {
  return `[databases]
* = host=127.0.0.1 port=${serverPort}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${join(folder, 'users.txt')}
pool_mode = transaction
default_pool_size = ${poolSize}
max_client_conn = 500
logfile = ${join(folder, 'log')}
pidfile = ${join(folder, 'pid')}
`;
}

function write(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, 0o644);
  return path;
}

async function untilItListens(port: number, child: ChildProcess, log: () => string): Promise<void> {
  const limit = Date.now() + START_LIMIT;
  while (!(await listens(port))) {
    if (Date.now() > limit || child.exitCode !== null) throw new Error(`PgBouncer did not start: ${log()}`);
    await sleep(20);
  }
}

function listens(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
