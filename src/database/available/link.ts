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
   * Runs statements on the connection. Where it fails, or does not answer, it is ended and all of them are run again on a new one, as long
   * as the patience lasts: so they must be such as may run twice. One after
   * the other: who comes meanwhile waits. Throws what the patience throws.
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

  /** What was connected is kept before its first statement, so that it is ended if that fails: a pooler lets a client log in while its server is down. */
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
