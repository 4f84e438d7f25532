import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { UnavailableError } from '../../errors.ts';
import { endConnection } from '../connection/end-connection.ts';
import { type LockOptions, tryLock } from './advisory-lock.ts';

/** The lock that starters of one schema respect: while it is held, no other of them changes the schema. */
export type Lock = {
  /** Aborted when the lock was lost and could not be taken again; its reason is an UnavailableError. */
  readonly lost: AbortSignal;
  /** Waits while a lost lock is being taken again: nothing new may begin meanwhile. Throws the reason of `lost` if that fails. */
  held(): Promise<void>;
  /** Whether it is held now and was never lost, not even for a moment; the server is asked. */
  isUnbroken(): Promise<boolean>;
  release(): Promise<void>;
};

const HEARTBEAT = 60_000;
/** How long the server may take to answer the heartbeat. A connection through which nothing passes holds no lock to rely on. */
const HEARTBEAT_LIMIT = 20_000;

/** Watches over the lock that this connection has just obtained. */
export function hold(first: Client, options: LockOptions): Lock {
  const lost = new AbortController();
  let client = first;
  let isReleased = false;
  let wasLost = false;
  let regaining: Promise<void> = Promise.resolve();
  const heartbeat = setInterval(() => void beat(client), HEARTBEAT);

  function watch(): void {
    client.once('end', () => {
      wasLost = true;
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
    async isUnbroken() {
      return (await beat(client)) && !wasLost;
    },
    async release() {
      isReleased = true;
      clearInterval(heartbeat);
      await endConnection(client);
    },
  };
}

/** Asks the server, and tells whether it answers; a connection that does not answer in time is closed, and counts as lost. */
async function beat(client: Client): Promise<boolean> {
  const breakOff = (): void => void client.connection.stream.destroy();
  const late = setTimeout(breakOff, HEARTBEAT_LIMIT);
  try {
    await client.query('SELECT 1');
    return true;
  } catch {
    breakOff();
    return false;
  } finally {
    clearTimeout(late);
  }
}

/** How long a lost lock may be sought before the child is stopped. */
const REGAIN_LIMIT = 10_000;

/**
 * Connects again and tries, for ten seconds whatever the connection does meanwhile. Undefined when another starter has the lock, or the
 * database did not come back.
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
    await sleep(250);
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
