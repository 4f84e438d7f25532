import type { Client } from 'pg';
import { type AccessRefusedError, withMessage } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Secret } from '../../secret.ts';
import { connect } from '../connection/connect.ts';
import type { LookAhead } from '../connection/look-ahead.ts';
import { type ConnectionSettings, nameConnection } from '../connection-settings.ts';
import { PassingError, readFault } from './faults.ts';

export type LoginOptions = {
  /** The settings of the connection as they are now. */
  readonly settings: () => ConnectionSettings;
  /** The password or the token for a login. */
  readonly password: (settings: ConnectionSettings) => Promise<Secret | undefined>;
  /** Fetches the secrets again. Undefined where no reference is involved. */
  readonly refresh: (() => Promise<unknown>) | undefined;
  /** Somebody else provisions and migrates: a refused login, a missing database or right is waited for as well. */
  readonly isPatient: boolean;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly ahead: LookAhead;
};

const SHORTEST_ATTEMPT = 1000;
/** How often a patient start fetches the secret again while its login is refused. */
const REFRESH_EVERY = 15_000;

/**
 * Returns what logs in once, within `pg_timeout` and within the milliseconds it is given. A refused login is tried once more with secrets
 * fetched again, for the password may just have been rotated; a patient one fetches them every 15 s. Throws what the driver throws, and
 * PassingError for what a patient start waits for.
 */
export function createLogin(options: LoginOptions): (left: number) => Promise<Client> {
  const { settings, log } = options;
  const name = (): string => nameConnection(settings());
  let refreshed: number | undefined;

  async function attempt(left: number): Promise<Client> {
    const { password, signal, ahead } = options;
    const current = settings();
    const timeout = Math.min(current.timeout, Math.max(left, SHORTEST_ATTEMPT));
    return connect({ ...current, timeout }, { log, ahead, signal, password: () => password(current) });
  }

  async function logIn(left: number): Promise<Client> {
    try {
      const client = await attempt(left);
      refreshed = undefined;
      return client;
    } catch (error) {
      return recover(error, left);
    }
  }

  async function recover(error: unknown, left: number): Promise<Client> {
    const fault = readFault(error, name(), settings().tokenSetting);
    if (fault.kind === 'login') return options.isPatient ? waitFor(fault.error, left) : tryOnceMore(fault.error, left);
    if (fault.kind === 'lasting' && fault.canBePolled && options.isPatient) throw new PassingError(fault.error.message);
    throw error;
  }

  async function tryOnceMore(refused: AccessRefusedError, left: number): Promise<Client> {
    if (options.refresh === undefined) throw refused;
    if (refreshed !== undefined) throw withMessage(refused, `${refused.message}, also after fetching the secret again`);
    log.info(`${name()}: login refused; fetching the secret again, in case it was just rotated`);
    refreshed = performance.now();
    await options.refresh();
    return logIn(left);
  }

  async function waitFor(refused: AccessRefusedError, left: number): Promise<Client> {
    refreshed ??= performance.now();
    if (options.refresh === undefined || performance.now() - refreshed < REFRESH_EVERY)
      throw new PassingError(refused.message);
    refreshed = performance.now();
    await options.refresh();
    return logIn(left);
  }

  return logIn;
}
