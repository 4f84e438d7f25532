import { UnavailableError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { nowAndThen, pause, printDuration } from '../../process/wait.ts';
import { readFault } from './faults.ts';

/** How long a start bears with a database that is away, and what it says meanwhile. */
export type Patience = {
  /**
   * Runs the attempt until it succeeds. Connecting, logging in and the statement are one attempt, so they share this one limit; `left` is
   * what remains of it, in milliseconds. Throws UnavailableError (75) when the limit is reached, and at once what waiting cannot heal.
   */
  persist<T>(attempt: (left: number) => Promise<T>): Promise<T>;
};

export type PatienceOptions = {
  /** How lines and errors name the server: `db.example:5432`. */
  readonly address: () => string;
  /** How errors name the connection: `kong@db.example:5432/kong`. */
  readonly connection: () => string;
  /** Milliseconds that the database may be away; Infinity means no limit. */
  readonly limit: number;
  /** Aborted when the start is stopped or its time for waiting is up. */
  readonly signal: AbortSignal;
  readonly log: Log;
};

const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 2000;
const SILENCE_IS_LONG = 5000;
const LOOK_EVERY = 500;

export function createPatience({ address, connection, limit, signal, log }: PatienceOptions): Patience {
  const isLineDue = nowAndThen();

  function tell(reason: string, left: number): void {
    const more = Number.isFinite(left) ? `; ${printDuration(left)} left` : '';
    if (isLineDue()) log.info(`waiting for PostgreSQL at ${address()}: ${reason}${more}`);
  }

  /** Logs a line every few seconds while an attempt hangs; one that fails says why by itself. */
  async function watched<T>(attempt: () => Promise<T>, end: number): Promise<T> {
    const begun = performance.now();
    const timer = setInterval(() => {
      const silent = performance.now() - begun;
      if (silent >= SILENCE_IS_LONG)
        tell(`no answer for ${printDuration(silent)}`, Math.max(0, end - performance.now()));
    }, LOOK_EVERY);
    return attempt().finally(() => clearInterval(timer));
  }

  /** Waits a little before the next attempt; throws where there is none. */
  async function endure(error: unknown, failures: number, end: number): Promise<void> {
    signal.throwIfAborted();
    const fault = readFault(error, connection());
    if (fault.kind !== 'passing') throw fault.error;
    const left = end - performance.now();
    if (left <= 0) throw fault.otherwise ?? notInTime(address(), fault.reason, limit);
    tell(fault.reason, left);
    await pause(Math.min(jitteredPause(failures), left), signal);
  }

  return {
    async persist(attempt) {
      const end = performance.now() + limit;
      for (let failures = 0; ; failures++) {
        signal.throwIfAborted();
        try {
          return await watched(() => attempt(end - performance.now()), end);
        } catch (error) {
          await endure(error, failures, end);
        }
      }
    },
  };
}

/** Doubles from 0.2 s to 2 s, and varies by a quarter so that replicas do not knock together. */
function jitteredPause(failures: number): number {
  return Math.min(FIRST_PAUSE * 2 ** failures, LONGEST_PAUSE) * (0.75 + Math.random() / 2);
}

function notInTime(address: string, reason: string, limit: number): UnavailableError {
  return new UnavailableError(`PostgreSQL at ${address} was not available within ${printDuration(limit)}: ${reason}`, {
    settingKey: 'pg_host',
    hint: 'check the host, the port and the security group; KONG_ENTRYPOINT_DATABASE_TIMEOUT sets how long to wait',
  });
}
