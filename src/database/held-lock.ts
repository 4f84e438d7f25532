import type { Client } from 'pg';
import { endConnection } from './end-connection.ts';
import type { LockOptions } from './lock-options.ts';
import { lockLost, takeAgain } from './take-lock-again.ts';

/** The lock that starters of one schema respect: while it is held, no other of them changes the schema. */
export type Lock = {
  /** Aborted when the lock was lost and could not be had again; its reason is an UnavailableError. */
  readonly lost: AbortSignal;
  /** Waits while the lock is sought again: nothing new may begin meanwhile. Throws the reason of `lost` where it cannot be had. */
  held(): Promise<void>;
  release(): Promise<void>;
};

const HEARTBEAT = 60_000;
/** How long the server may take to answer the heartbeat: a way that lets nothing through any more holds no lock that one could rely on. */
const HEARTBEAT_LIMIT = 20_000;

/** Watches over the lock that this connection has just obtained. */
export function hold(first: Client, options: LockOptions): Lock {
  const lost = new AbortController();
  let client = first;
  let isReleased = false;
  let regaining: Promise<void> = Promise.resolve();
  const heartbeat = setInterval(() => void beat(client), HEARTBEAT);

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

/** A connection that does not answer is broken off, which is to lose it. */
async function beat(client: Client): Promise<void> {
  const breakOff = (): void => void client.connection.stream.destroy();
  const late = setTimeout(breakOff, HEARTBEAT_LIMIT);
  try {
    await client.query('SELECT 1');
  } catch {
    breakOff();
  } finally {
    clearTimeout(late);
  }
}
