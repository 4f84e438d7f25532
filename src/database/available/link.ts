import type { Client } from 'pg';
import { keepServerAlive } from '../connection/keepalive.ts';
import { endConnection, withinBounds } from '../connection/within-bounds.ts';
import { nameConnection } from '../connection-settings.ts';
import { createLogin, type LoginOptions } from './database-login.ts';
import { readFault } from './faults.ts';
import { createPatience } from './patience.ts';

/** A connection that is opened again whenever it was lost. */
export type Link = {
  /**
   * Runs statements on the connection. When it fails or stays silent, ends it and runs all of them again on a new one, for as long as the
   * database may be away, so they must be safe to repeat. Calls wait for each other. Throws UnavailableError (75) when the limit is reached,
   * and at once any fault that waiting cannot heal.
   */
  run<T>(statements: (client: Client) => Promise<T>): Promise<T>;
  /** Gives the connection away: the next statement opens a new one. */
  release(): void;
  close(): Promise<void>;
};

export type LinkOptions = LoginOptions & {
  /** Milliseconds that the database may be away. */
  readonly limit: number;
};

/** How long a server may be silent. One that vanished says nothing, and the system would resend to it for 15 minutes. */
const LONGEST_SILENCE = 20_000;
const SHORTEST_ATTEMPT = 1000;

/** The first statement connects. */
export function openLink(options: LinkOptions): Link {
  const { settings, limit, signal, log } = options;
  const logIn = createLogin(options);
  const patience = createPatience({
    address: () => `${settings().host}:${settings().port}`,
    connection: () => nameConnection(settings()),
    ...{ limit, signal, log },
  });
  let client: Client | undefined;
  let isClosed = false;
  let turn: Promise<unknown> = Promise.resolve();

  async function end(): Promise<void> {
    const ended = client;
    client = undefined;
    if (ended !== undefined) await endConnection(ended);
  }

  /** Keeps the connection before its first statement, so that a failure of that ends it: a pooler lets clients log in while its server is down. */
  async function open(left: number): Promise<Client> {
    const opened = await logIn(left);
    client = opened;
    opened.once('end', () => {
      if (client === opened) client = undefined;
    });
    await withinBounds(opened, { limit: bound(left), signal }, () => keepServerAlive(opened));
    return opened;
  }

  async function attempt<T>(statements: (client: Client) => Promise<T>, left: number): Promise<T> {
    if (isClosed) throw new TypeError('the link is closed');
    try {
      const connected = client ?? (await open(left));
      return await withinBounds(connected, { limit: bound(left), signal }, () => statements(connected));
    } catch (error) {
      if (readFault(error, '').kind === 'passing') await end();
      throw error;
    }
  }

  return {
    run(statements) {
      const mine = turn.then(() => patience.persist((left) => attempt(statements, left)));
      turn = mine.catch(() => undefined);
      return mine;
    },
    release() {
      client = undefined;
    },
    async close() {
      isClosed = true;
      await end();
    },
  };
}

function bound(left: number): number {
  return Math.min(LONGEST_SILENCE, Math.max(left, SHORTEST_ATTEMPT));
}
