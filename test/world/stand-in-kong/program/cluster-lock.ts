import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from './database.ts';
import { KongError } from './output.ts';

const KEY = 'migrations';
const LONGEST_WAIT_STEP = 2;

export const LOCKS_TABLE = `CREATE TABLE IF NOT EXISTS locks (key TEXT PRIMARY KEY, owner TEXT, ttl TIMESTAMP WITH TIME ZONE);
  CREATE INDEX IF NOT EXISTS locks_ttl_idx ON locks (ttl);`;

export type LockOptions = {
  /** Seconds that the row lives. It is never renewed: work that takes longer goes on without it. */
  readonly timeout: number;
  /** Whether to wait for the row of another to go away. Not to take its place: only to say that all is over. */
  readonly wait: boolean;
};

/** Runs the work under Kong's own lock row. False when another held it, and nothing was run. */
export async function withClusterLock(
  connection: Connection,
  options: LockOptions,
  work: () => Promise<void>,
): Promise<boolean> {
  const owner = randomUUID();
  // The table is made here too: a bootstrap that was killed early may have left none.
  await connection.query(LOCKS_TABLE);
  if (!(await insertRow(connection, owner, options.timeout))) {
    if (options.wait) await waitForRow(connection, options.timeout);
    return false;
  }
  try {
    await work();
  } finally {
    await connection.query('DELETE FROM locks WHERE key = $1 AND owner = $2', [KEY, owner]);
  }
  return true;
}

async function insertRow(connection: Connection, owner: string, timeout: number): Promise<boolean> {
  await connection.query('DELETE FROM locks WHERE ttl < now()');
  const rows = await connection.query(
    'INSERT INTO locks (key, owner, ttl) VALUES ($1, $2, now() + make_interval(secs => $3)) ON CONFLICT DO NOTHING RETURNING 1',
    [KEY, owner, timeout],
  );
  return rows.length > 0;
}

async function waitForRow(connection: Connection, timeout: number): Promise<void> {
  let [step, waited] = [0.1, 0];
  while (waited + step < timeout) {
    await sleep(step * 1000);
    waited += step;
    const rows = await connection.query('SELECT 1 FROM locks WHERE key = $1 AND ttl >= now()', [KEY]);
    if (rows.length === 0) return;
    step = Math.min(step * 3, LONGEST_WAIT_STEP);
  }
  throw new KongError('[PostgreSQL error] timeout');
}
