import type { Client } from 'pg';
import { type AccessRefusedError, UnavailableError, withMessage } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { nowAndThen, pause, printDuration } from '../../process/wait.ts';
import type { Secret } from '../../secret.ts';
import { connect } from '../connection/connect.ts';
import type { LookAhead } from '../connection/look-ahead.ts';
import { type ConnectionSettings, nameConnection } from '../connection-settings.ts';
import { type Fault, readFault } from './faults.ts';

export type WaitOptions = {
  /** The settings of the connection as they are now. */
  readonly settings: ConnectionSettings;
  /** The password or the token for a login. */
  readonly password: (settings: ConnectionSettings) => Promise<Secret | undefined>;
  /** Fetches the secrets afresh, once, after a refused login. Undefined where no reference is involved. */
  readonly refresh: (() => Promise<ConnectionSettings>) | undefined;
  /** Milliseconds that PostgreSQL may be unreachable. */
  readonly limit: number;
  /** Somebody else provisions and migrates: a refused login, a missing database or right is waited for as well. */
  readonly isPatient: boolean;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly ahead: LookAhead;
};

/** A connection, and the settings that it was made with: after a rotation they are newer than those given. */
export type Connected = { readonly client: Client; readonly settings: ConnectionSettings };

const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 2000;
const SHORTEST_ATTEMPT = 1000;
/** How often a patient start fetches the secret again while its login is refused. */
const REFRESH_EVERY = 15_000;

/**
 * Connects, waiting for what can heal: a server that is down, starting, full or failing over. A refused login is tried once more with
 * secrets fetched afresh, for the password may just have been rotated. Throws UnavailableError (75) when the limit is reached, and at
 * once what waiting cannot heal.
 */
export async function waitForDatabase(options: WaitOptions): Promise<Connected> {
  const patience = createPatience(options);
  const first = await logIn(options.settings, options, patience);
  if (!('refused' in first)) return first;
  if (options.refresh === undefined) throw first.refused;
  options.log.info(
    `${nameConnection(options.settings)}: login refused; the secret is fetched afresh, for it may just have been rotated`,
  );
  const second = await logIn(await options.refresh(), options, patience);
  if (!('refused' in second)) return second;
  throw withMessage(second.refused, `${second.refused.message}, also with the secret fetched afresh`);
}

type Refused = { readonly refused: AccessRefusedError };

async function logIn(
  first: ConnectionSettings,
  options: WaitOptions,
  patience: Patience,
): Promise<Connected | Refused> {
  const fresh = refreshNowAndThen(options);
  for (let settings = first; ; ) {
    options.signal.throwIfAborted();
    const attempt = await tryLogIn(settings, options, patience.left());
    if ('client' in attempt) return attempt;
    if (attempt.kind === 'login' && !options.isPatient) return { refused: attempt.error };
    await patience.endure(settings, reasonToWait(attempt, options.isPatient));
    if (attempt.kind === 'login') settings = await fresh(settings);
  }
}

/** Why it is worth waiting, in words. Throws the error where it is not. */
function reasonToWait(fault: Fault, isPatient: boolean): string {
  if (fault.kind === 'passing') return fault.reason;
  if (fault.kind === 'lasting' && !(isPatient && fault.canBePolled)) throw fault.error;
  return fault.error.message;
}

/** One attempt, within what the wait has left and a second: a host that answers nothing would hold it for all of `pg_timeout`. */
async function tryLogIn(
  settings: ConnectionSettings,
  { log, ahead, password, signal }: WaitOptions,
  left: number,
): Promise<Connected | Fault> {
  const timeout = Math.min(settings.timeout || Number.POSITIVE_INFINITY, Math.max(left, SHORTEST_ATTEMPT));
  try {
    const options = { log, ahead, password: () => password(settings), signal };
    return { client: await connect({ ...settings, timeout }, options), settings };
  } catch (error) {
    return readFault(error, nameConnection(settings));
  }
}

/** The settings with secrets fetched again, at most every 15 s: for the patient, whose password may be set any moment. */
function refreshNowAndThen({ refresh }: WaitOptions): (settings: ConnectionSettings) => Promise<ConnectionSettings> {
  let refreshed = performance.now();
  return async (settings) => {
    if (refresh === undefined || performance.now() - refreshed < REFRESH_EVERY) return settings;
    refreshed = performance.now();
    return refresh();
  };
}

type Patience = {
  /** Milliseconds until the limit. */
  left(): number;
  /** Waits a little before the next attempt. Throws UnavailableError when the limit is reached. */
  endure(settings: ConnectionSettings, reason: string): Promise<void>;
};

function createPatience({ limit, signal, log }: WaitOptions): Patience {
  const end = performance.now() + limit;
  let attempt = 0;
  const isLineDue = nowAndThen();
  return {
    left: () => end - performance.now(),
    async endure({ host, port }, reason) {
      const left = end - performance.now();
      if (left <= 0) throw notInTime(`${host}:${port}`, reason, limit);
      const more = Number.isFinite(left) ? `; ${printDuration(left)} left` : '';
      if (isLineDue()) log.info(`waiting for PostgreSQL at ${host}:${port}: ${reason}${more}`);
      await pause(Math.min(jitteredPause(attempt++), left), signal);
    },
  };
}

/** Doubles from 0.2 s to 2 s, and varies by half so that replicas do not knock together. */
function jitteredPause(attempt: number): number {
  return Math.min(FIRST_PAUSE * 2 ** attempt, LONGEST_PAUSE) * (0.75 + Math.random() / 2);
}

function notInTime(address: string, reason: string, limit: number): UnavailableError {
  return new UnavailableError(`PostgreSQL at ${address} was not available within ${printDuration(limit)}: ${reason}`, {
    settingKey: 'pg_host',
    hint: 'check the host, the port and the security group; KONG_ENTRYPOINT_DATABASE_TIMEOUT sets how long is waited',
  });
}
