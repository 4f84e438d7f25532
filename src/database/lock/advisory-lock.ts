import { createHash } from 'node:crypto';
import type { Client } from 'pg';
import type { Log } from '../../log.ts';

/** Bounds on the search for a connection, where the usual ones are too long. */
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
  /** Aborted when the start is stopped. A running migration has no time limit, so neither has the lock that protects it. */
  readonly stop: AbortSignal;
  readonly log: Log;
};

/** Bounds that a server or a role may set, and that would end a transaction which does nothing but hold a lock. */
const bounds = ['idle_in_transaction_session_timeout', 'transaction_timeout', 'statement_timeout', 'lock_timeout'];

/** The key of the lock on a schema: the first 8 bytes of SHA-256 over our name and the schema's, as PostgreSQL's signed bigint. */
export function lockKey(schema: string): bigint {
  return createHash('sha256').update('kong-entrypoint').update(schema).digest().readBigInt64BE(0);
}

/** Begins a transaction and tries for the lock in it. Without the lock the transaction is over, and the connection free. */
export async function tryLock(client: Client, key: bigint): Promise<boolean> {
  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY');
  await client.query("SELECT set_config(name, '0', true) FROM pg_settings WHERE name = ANY ($1)", [bounds]);
  const { rows } = await client.query('SELECT pg_try_advisory_xact_lock($1) AS obtained', [key.toString()]);
  const isObtained = rows[0]?.obtained === true;
  if (!isObtained) await client.query('ROLLBACK');
  return isObtained;
}

/** Who holds the lock, as far as this role may see: a process id, an address, since when. */
export async function nameHolder(client: Client, key: bigint): Promise<string> {
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
