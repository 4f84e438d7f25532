import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { serverAccount } from './postgresql-binaries.ts';
import { whyNoProgram } from './system-packages.ts';

export type PgbouncerOptions = {
  /** The server behind it: a port, and an address where it is not that of the loopback. */
  readonly serverPort: number;
  readonly serverHost?: string;
  readonly user: string;
  readonly password: string;
  /** How many server connections each database gets. */
  readonly poolSize: number;
  /** When a server connection goes back to the pool: after each transaction when absent. */
  readonly mode?: 'transaction' | 'session';
  /** More lines of its configuration. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Where it runs and listens, when not on the loopback: words before the program that lead there, and the address. */
  readonly place?: { readonly within: readonly string[]; readonly address: string };
};

/** A real PgBouncer, which refuses every startup parameter that it does not know. */
export type Pgbouncer = {
  readonly port: number;
  log(): string;
  close(): Promise<void>;
};

const PROGRAM = '/usr/sbin/pgbouncer';
const START_LIMIT = 15_000;

/** False where PgBouncer is here, or could be installed from this system's packages; else the reason why not. */
export function whyNoPgbouncer(): string | false {
  return whyNoProgram(PROGRAM, 'pgbouncer');
}

/** Starts it. `close()` removes all that is of it. */
export async function startPgbouncer(options: PgbouncerOptions): Promise<Pgbouncer> {
  const folder = mkdtempSync(join(tmpdir(), 'pgbouncer-'));
  const port = await freePort();
  const account = serverAccount();
  write(folder, 'users.txt', `"${options.user}" "${options.password}"\n`);
  const configuration = write(folder, 'pgbouncer.ini', configure(options, folder, port));
  if (account !== undefined) chownSync(folder, account.uid, account.gid);
  const [program = PROGRAM, ...words] = [...(options.place?.within ?? []), PROGRAM, configuration];
  const spawnOptions = { ...(options.place === undefined ? account : {}), cwd: '/', env: {} };
  const child = spawn(program, words, { ...spawnOptions, stdio: 'ignore' });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const log = (): string => readFileSync(join(folder, 'log'), 'utf8');
  await untilItListens(child, log);
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
function configure(options: PgbouncerOptions, folder: string, port: number): string {
  const { serverPort, serverHost = '127.0.0.1', poolSize, mode = 'transaction', settings = {}, place } = options;
  const more = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`);
  return `[databases]
* = host=${serverHost} port=${serverPort}
[pgbouncer]
listen_addr = ${place?.address ?? '127.0.0.1'}
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${join(folder, 'users.txt')}
pool_mode = ${mode}
default_pool_size = ${poolSize}
max_client_conn = 500
logfile = ${join(folder, 'log')}
pidfile = ${join(folder, 'pid')}
${more.join('')}`;
}

function write(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, 0o644);
  return path;
}

async function untilItListens(child: ChildProcess, log: () => string): Promise<void> {
  const limit = Date.now() + START_LIMIT;
  while (!logSoFar(log).includes('LOG listening on')) {
    if (Date.now() > limit || child.exitCode !== null) throw new Error(`PgBouncer did not start: ${logSoFar(log)}`);
    await sleep(20);
  }
}

/** The file is not there before PgBouncer has made it. */
function logSoFar(log: () => string): string {
  try {
    return log();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}
