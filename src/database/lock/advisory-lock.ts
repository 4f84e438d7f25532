import { createHash } from 'node:crypto';
import type { Client } from 'pg';
import type { Log } from '../../log.ts';
import type { Link } from '../available/link.ts';
import { serverKeepalive, setWhereKnown } from '../connection/keepalive.ts';
import { BACKEND, type Backend } from './backend.ts';

export type LockOptions = {
  /** Opens a connection that runs nothing but the lock; within these bounds, where the usual ones are too long. */
  readonly open: (bounds?: { readonly limit: number; readonly signal: AbortSignal }) => Link;
  /** What is locked, as a line of the log says it: `schema public`. */
  readonly subject: string;
  readonly key: bigint;
  /** Aborted when the start is stopped or its time for waiting is up. */
  readonly signal: AbortSignal;
  /** Aborted when the start is stopped. A running migration has no time limit, so neither has the lock that protects it. */
  readonly stop: AbortSignal;
  readonly log: Log;
};

/** Bounds that a server or a role may set, and that would end a transaction which does nothing but hold a lock. */
const noBounds = {
  idle_in_transaction_session_timeout: '0',
  transaction_timeout: '0',
  statement_timeout: '0',
  lock_timeout: '0',
};

/** The key of the lock on a schema: the first 8 bytes of SHA-256 over our name and the schema's, as PostgreSQL's signed bigint. */
export function lockKey(schema: string): bigint {
  return createHash('sha256').update('kong-entrypoint').update(schema).digest().readBigInt64BE(0);
}

/** The connection that holds the lock, and what is at its other end. */
export type Held = {
  readonly client: Client;
  /** The server process. */
  readonly pid: number;
  /** When the server was started: another server, and the same one started again, has another time. */
  readonly server: string;
};

/** Begins a transaction and tries for the lock in it. Undefined without the lock; the transaction is over then, and the connection free. */
export async function tryLock(client: Client, key: bigint): Promise<Held | undefined> {
  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY');
  await setWhereKnown(client, { ...noBounds, ...serverKeepalive }, 'transaction');
  const { rows } = await client.query(
    `SELECT pg_try_advisory_xact_lock($1) AS obtained, pg_backend_pid() AS pid,
            extract(epoch FROM pg_postmaster_start_time())::text AS server`,
    [key.toString()],
  );
  const isObtained = rows[0]?.obtained === true;
  if (!isObtained) await client.query('ROLLBACK');
  return isObtained ? { client, pid: rows[0].pid, server: rows[0].server } : undefined;
}

/** Who holds the lock at the server of this connection; undefined where nobody does. */
export async function findHolder(client: Client, key: bigint): Promise<Backend | undefined> {
  const { rows } = await client.query<Backend>(
    `SELECT ${BACKEND} FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid)
      WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (l.classid::bigint << 32 | l.objid::bigint) = $1`,
    [key.toString()],
  );
  return rows[0];
}
