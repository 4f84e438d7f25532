import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { serverAccount } from './postgresql-binaries.ts';
import type { ServerFolder } from './postgresql-files.ts';

/** As pg_ctl names them; `kill` is what a power cut looks like to a client. */
export type StopMode = 'smart' | 'fast' | 'immediate' | 'kill';

export type ServerProcess = {
  running(): boolean;
  reload(): void;
  stop(mode: StopMode): Promise<void>;
};

const SIGNALS = { smart: 'SIGTERM', fast: 'SIGINT', immediate: 'SIGQUIT', kill: 'SIGKILL' } as const;
const START_LIMIT = 30_000;
/** After a `kill`, the dead server's children hold its memory for a moment longer. */
const STILL_LEAVING = 'pre-existing shared memory block';

/** Starts the server and waits until it takes queries; words before its program have to give it its account. It leads a session of its own: Ctrl-C does not reach it. */
export async function startServerProcess(
  program: readonly string[],
  where: ServerFolder,
  probe: () => Promise<unknown>,
): Promise<ServerProcess> {
  const limit = Date.now() + START_LIMIT;
  let child = launch(program, where);
  while (!(await answers(child, probe, limit))) {
    const log = readFileSync(where.logFile, 'utf8').slice(-2000);
    child.kill('SIGKILL');
    if (Date.now() > limit || !log.includes(STILL_LEAVING)) throw new Error(`PostgreSQL did not start: ${log}`);
    await sleep(100);
    child = launch(program, where);
  }
  return {
    running: () => isRunning(child),
    reload: () => child.kill('SIGHUP'),
    async stop(mode) {
      child.kill(SIGNALS[mode]);
      while (isRunning(child)) await sleep(5);
    },
  };
}

function launch(words: readonly string[], where: ServerFolder): ChildProcess {
  const log = openSync(where.logFile, 'a');
  const [program = '', ...rest] = words;
  const child = spawn(program, [...rest, '-D', where.data], {
    ...(rest.length === 0 ? serverAccount() : {}),
    stdio: ['ignore', log, log],
    detached: true,
    cwd: '/',
    env: { LC_ALL: 'C', TZ: 'UTC' },
  });
  closeSync(log);
  child.unref();
  return child;
}

/** False when the server ended, or did not answer in time. */
async function answers(child: ChildProcess, probe: () => Promise<unknown>, limit: number): Promise<boolean> {
  while (isRunning(child) && Date.now() < limit) {
    const answered = await probe().then(
      () => true,
      () => false,
    );
    if (answered) return true;
    await sleep(20);
  }
  return false;
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}
