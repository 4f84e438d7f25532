import { setTimeout } from 'node:timers/promises';
import type { Client } from 'pg';
import { UnavailableError } from '../errors.ts';
import type { Log } from '../log.ts';
import { endConnection } from './end-connection.ts';
import { tryLock } from './lock-attempt.ts';

/** How long a connection is sought, where the usual time is too long. */
export type Seeking = {
  /** Milliseconds. */
  readonly limit: number;
  readonly signal: AbortSignal;
};

export type LockOptions = {
  /** Opens a connection that runs nothing but the lock, waiting for the server. */
  readonly connect: (seeking?: Seeking) => Promise<Client>;
  /** What is locked, as a line of the log says it: `schema public`. */
  readonly subject: string;
  readonly key: bigint;
  /** How errors name the connection. */
  readonly connection: string;
  /** Aborted when the start is stopped or its time for waiting is up. */
  readonly signal: AbortSignal;
  /** Aborted when the start is stopped: a running migration has no time limit, and so has the lock none beneath it. */
  readonly stop: AbortSignal;
  readonly log: Log;
};

/** The lock that starters of one schema respect: while it is held, no other of them changes the schema. */
export type Lock = {
  /** Aborted when the lock was lost and could not be had again; its reason is an UnavailableError. */
  readonly lost: AbortSignal;
  /** Waits while the lock is sought again: nothing new may begin meanwhile. Throws the reason of `lost` where it cannot be had. */
  held(): Promise<void>;
  release(): Promise<void>;
};

/** How long a lost lock may be sought before the child is stopped. */
const REGAIN_LIMIT = 10_000;
const HEARTBEAT = 60_000;

/** Watches over the lock that this connection has just obtained. */
export function hold(first: Client, options: LockOptions): Lock {
  const lost = new AbortController();
  let client = first;
  let isReleased = false;
  let regaining: Promise<void> = Promise.resolve();
  const heartbeat = setInterval(() => void client.query('SELECT 1').catch(() => client.end()), HEARTBEAT);

  function watch(): void {
    client.once('end', () => {
      if (!isReleased) regaining = regain();
    });
  }

  async function regain(): Promise<void> {
    options.log.warn('the connection that holds the lock was lost; trying to take the lock again');
    const again = await takeAgain(options);
    if (isReleased) return void again?.end();
    if (again === undefined) return lost.abort(lockLost());
    options.log.warn('the lock was taken again');
    client = again;
    watch();
  }

  watch();
  return {
    lost: lost.signal,
    async held() {
      await regaining;
      lost.signal.throwIfAborted();
    },
    async release() {
      isReleased = true;
      clearInterval(heartbeat);
      await endConnection(client);
    },
  };
}

/**
 * Connects anew and tries, for ten seconds whatever the connection does meanwhile. Undefined when another has the lock, or the database did
 * not come back.
 */
async function takeAgain(options: LockOptions): Promise<Client | undefined> {
  const over = AbortSignal.any([options.stop, AbortSignal.timeout(REGAIN_LIMIT)]);
  const { promise: never, resolve } = Promise.withResolvers<undefined>();
  over.addEventListener('abort', () => resolve(undefined), { once: true });
  return Promise.race([seek(options, over), never]);
}

async function seek({ connect, key, log }: LockOptions, over: AbortSignal): Promise<Client | undefined> {
  while (!over.aborted) {
    try {
      const client = await connect({ limit: REGAIN_LIMIT, signal: over });
      if (!over.aborted && (await tryLock(client, key)) && !over.aborted) return client;
      await client.end();
    } catch (error) {
      log.debug(`the lock could not be taken again yet: ${error instanceof Error ? error.message : 'unknown'}`);
    }
    await setTimeout(250);
  }
  return undefined;
}

function lockLost(): UnavailableError {
  return new UnavailableError(
    'the lock on the schema was lost while migrations ran, and could not be taken again within 10 s',
    {
      hint: 'another starter may have it by now; start again: an interrupted bootstrap is mended by the next start',
    },
  );
}
