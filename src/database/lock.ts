import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Client } from 'pg';
import { UnavailableError } from '../errors.ts';
import type { Log } from '../log.ts';
import { nowAndThen, pause, printDuration } from '../process/wait.ts';

export type LockOptions = {
  /** Opens a connection that runs nothing but the lock. */
  readonly connect: () => Promise<Client>;
  readonly schema: string;
  /** Aborted when the start is stopped or its time is up. */
  readonly signal: AbortSignal;
  readonly log: Log;
};

/** The lock that starters of one schema respect: while it is held, no other of them changes the schema. */
export type Lock = {
  /** Aborted when the lock was lost and could not be had again; its reason is an UnavailableError. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
};

/** How long a lost lock may be sought before the child is stopped. */
const REGAIN_LIMIT = 10_000;
const HEARTBEAT = 60_000;

/** Bounds that a server or a role may set, and that would end a transaction which does nothing but hold a lock. */
const bounds = ['idle_in_transaction_session_timeout', 'transaction_timeout', 'statement_timeout', 'lock_timeout'];

/**
 * Waits for the lock and returns it. The lock is a transaction's, tried and rolled back, so it works through a pooler that gives a server
 * connection only for a transaction, and a waiter holds none. It touches no table: a table lock would block our own child's DDL.
 */
export async function takeLock(options: LockOptions): Promise<Lock> {
  const key = lockKey(options.schema);
  const started = performance.now();
  const isLineDue = nowAndThen();
  const client = await options.connect();
  try {
    while (!(await tryLock(client, key))) {
      if (isLineDue()) {
        const waited = printDuration(performance.now() - started);
        const holder = await nameHolder(client, key);
        options.log.info(`waiting for the lock on schema ${options.schema}, held by ${holder}; ${waited} so far`);
      }
      await pause(500 + Math.random() * 1500, options.signal);
    }
  } catch (error) {
    await client.end();
    throw error;
  }
  return hold(client, key, options);
}

/** The first 8 bytes of SHA-256 over our name and the schema's, as PostgreSQL's signed bigint. */
export function lockKey(schema: string): bigint {
  return createHash('sha256').update('kong-entrypoint').update(schema).digest().readBigInt64BE(0);
}

async function tryLock(client: Client, key: bigint): Promise<boolean> {
  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY');
  await client.query("SELECT set_config(name, '0', true) FROM pg_settings WHERE name = ANY ($1)", [bounds]);
  const { rows } = await client.query('SELECT pg_try_advisory_xact_lock($1) AS obtained', [key.toString()]);
  const isObtained = rows[0]?.obtained === true;
  if (!isObtained) await client.query('ROLLBACK');
  return isObtained;
}

/** Who holds the lock, as far as this role may see: a process id, an address, since when. */
async function nameHolder(client: Client, key: bigint): Promise<string> {
  const { rows } = await client.query(
    `SELECT l.pid, host(a.client_addr) AS address, to_char(a.xact_start AT TIME ZONE 'UTC', 'HH24:MI:SS') AS since
       FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid)
      WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (l.classid::bigint << 32 | l.objid::bigint) = $1`,
    [key.toString()],
  );
  const holder = rows[0];
  if (holder === undefined) return 'another starter';
  const address = holder.address === null ? '' : ` at ${holder.address}`;
  const since = holder.since === null ? '' : ` since ${holder.since} UTC`;
  return `PostgreSQL process ${holder.pid}${address}${since}`;
}

function hold(first: Client, key: bigint, options: LockOptions): Lock {
  const lost = new AbortController();
  let client = first;
  let isReleased = false;
  const heartbeat = setInterval(() => void client.query('SELECT 1').catch(() => client.end()), HEARTBEAT);

  function watch(): void {
    client.once('end', () => {
      if (!isReleased) void regain();
    });
  }

  async function regain(): Promise<void> {
    options.log.warn('the connection that holds the lock was lost; trying to take the lock again');
    const again = await takeAgain(key, options);
    if (isReleased) return void again?.end();
    if (again === undefined) return lost.abort(lockLost());
    options.log.warn('the lock was taken again');
    client = again;
    watch();
  }

  watch();
  return {
    lost: lost.signal,
    async release() {
      isReleased = true;
      clearInterval(heartbeat);
      await client.end();
    },
  };
}

/** Connects anew and tries for ten seconds. Undefined when another has the lock, or the database did not come back. */
async function takeAgain(key: bigint, { connect, signal, log }: LockOptions): Promise<Client | undefined> {
  const deadline = performance.now() + REGAIN_LIMIT;
  while (performance.now() < deadline && !signal.aborted) {
    try {
      const client = await connect();
      if (await tryLock(client, key)) return client;
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
