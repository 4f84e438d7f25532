import type { Client } from 'pg';
import type { Link } from '../available/link.ts';
import { endConnection } from '../connection/within-bounds.ts';
import { findHolder, type Held, type LockOptions } from './advisory-lock.ts';
import { lockLost, REGAIN_LIMIT, serverGone, takeAgain } from './regain-lock.ts';

/** The lock that starters of one schema respect: while it is held, no other of them changes the schema. */
export type Lock = {
  /**
   * What a child runs under, asked for again for each. Aborted, with an UnavailableError for its reason, when the lock was lost and could not
   * be taken again, or could at another server only: the child's own connection went with the first one then.
   */
  guard(): AbortSignal;
  /** Asks the server, and waits while a lost lock is being taken again: then a guard tells whether the server went away. */
  settle(): Promise<void>;
  /**
   * Proves that the lock is held at the server of this link: after a failover the two connections may lead to two servers. A lost lock is
   * taken again first: nothing new may begin meanwhile. Throws the guard's reason if that fails.
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
  let held = first;
  let guard = new AbortController();
  let gone = watch();
  let isReleased = false;
  let wasLost = false;
  let regaining: Promise<void> = Promise.resolve();
  const heartbeat = setInterval(() => void beat(held.client), HEARTBEAT);

  /** Fulfilled when the connection is lost. */
  function watch(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    held.client.once('end', () => {
      wasLost = true;
      if (!isReleased) regaining = regain();
      resolve();
    });
    return promise;
  }

  async function regain(): Promise<void> {
    log.warn('the connection that holds the lock was lost; trying to take the lock again');
    const again = await takeAgain(options);
    if (isReleased) return again && endConnection(again.client);
    if (again === undefined) return guard.abort(lockLost());
    log.warn('the lock was taken again');
    if (again.server !== held.server) {
      guard.abort(serverGone());
      guard = new AbortController();
    }
    held = again;
    gone = watch();
  }

  async function settle(): Promise<void> {
    const lost = gone;
    if (!(await beat(held.client))) await lost;
    await regaining;
  }

  return {
    guard: () => guard.signal,
    settle,
    async prove(link) {
      for (const end = performance.now() + REGAIN_LIMIT; ; ) {
        await regaining;
        guard.signal.throwIfAborted();
        const holder = await link.run((other) => findHolder(other, key));
        if (holder?.pid === held.pid) return;
        if (performance.now() > end) throw lockLost();
        const lost = gone;
        breakOff(held.client);
        await lost;
      }
    },
    async isUnbroken() {
      return (await beat(held.client)) && !wasLost;
    },
    async release() {
      isReleased = true;
      clearInterval(heartbeat);
      await endConnection(held.client);
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
