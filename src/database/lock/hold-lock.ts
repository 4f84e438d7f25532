import { once } from 'node:events';
import type { Client } from 'pg';
import type { Link } from '../available/link.ts';
import { endConnection } from '../connection/within-bounds.ts';
import { findHolder, type Held, type LockOptions } from './advisory-lock.ts';
import { lockLost, REGAIN_LIMIT, takeAgain } from './regain-lock.ts';

/** The lock that starters of one schema respect: while it is held, no other of them changes the schema. */
export type Lock = {
  /** Aborted when the lock was lost and could not be taken again; its reason is an UnavailableError. */
  readonly lost: AbortSignal;
  /**
   * Proves that the lock is held at the server of this link: after a failover the two connections may lead to two servers. A lost lock is
   * taken again first: nothing new may begin meanwhile. Throws the reason of `lost` if that fails.
   */
  prove(link: Pick<Link, 'run'>): Promise<void>;
  /** Whether it is held now and was never lost, not even for a moment; the server is asked. */
  isUnbroken(): Promise<boolean>;
  release(): Promise<void>;
};

const HEARTBEAT = 60_000;
/** How long the server may take to answer the heartbeat. A connection through which nothing passes holds no lock to rely on. */
const HEARTBEAT_LIMIT = 20_000;

/** Watches over the lock that was just obtained. */
export function hold(first: Held, options: LockOptions): Lock {
  const { key, log } = options;
  const lost = new AbortController();
  let { client, pid } = first;
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
    log.warn('the connection that holds the lock was lost; trying to take the lock again');
    const again = await takeAgain(options);
    if (isReleased) return again && endConnection(again.client);
    if (again === undefined) return lost.abort(lockLost());
    log.warn('the lock was taken again');
    ({ client, pid } = again);
    watch();
  }

  watch();
  return {
    lost: lost.signal,
    async prove(link) {
      for (const end = performance.now() + REGAIN_LIMIT; ; ) {
        await regaining;
        lost.signal.throwIfAborted();
        const holder = await link.run((other) => findHolder(other, key));
        if (holder?.pid === pid) return;
        if (performance.now() > end) throw lockLost();
        await Promise.all([once(client, 'end'), breakOff(client)]);
      }
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
  const late = setTimeout(() => breakOff(client), HEARTBEAT_LIMIT);
  try {
    await client.query('SELECT 1');
    return true;
  } catch {
    breakOff(client);
    return false;
  } finally {
    clearTimeout(late);
  }
}

function breakOff(client: Client): void {
  client.connection.stream.destroy();
}
