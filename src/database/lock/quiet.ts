import { nowAndThen, pause, printDuration } from '../../process/wait.ts';
import type { Database } from '../available/database.ts';
import type { SchemaFacts } from '../memory/schema.ts';
import { BACKEND, type Backend, nameBackend } from './backend.ts';
import { type DeadRunOptions, judgeKongLock } from './dead-run.ts';
import { type KongLock, readKongLock } from './kong-lock.ts';

export type QuietOptions = DeadRunOptions & {
  /** Aborted when the start is stopped or its time is up. */
  readonly signal: AbortSignal;
};

const LOOK_EVERY = 500;

/**
 * Waits until nothing of a starter that died is at work any more: no other backend holds an AccessExclusiveLock on a relation of the
 * schema (its statement may run on in the server), and no live row is left in Kong's own `locks` table (60 s, never renewed).
 */
export async function waitUntilQuiet(options: QuietOptions): Promise<void> {
  const { database, facts, signal, log } = options;
  const started = performance.now();
  const isLineDue = nowAndThen(1000);
  const judge = judgeKongLock(options);
  for (;;) {
    const reason = (await findRunningDdl(database, facts)) ?? (await findKongLock(options, judge));
    if (reason === undefined) return;
    if (isLineDue()) log.info(`waiting ${printDuration(performance.now() - started)} so far: ${reason}`);
    await pause(LOOK_EVERY, signal);
  }
}

async function findKongLock(
  { database, facts }: QuietOptions,
  judge: (row: KongLock) => Promise<string>,
): Promise<string | undefined> {
  const row = await readKongLock(database, facts);
  return row && judge(row);
}

/**
 * A relation that its transaction has not committed is in nobody else's catalog, so nobody else sees of which schema it is. It counts where
 * the same backend holds a lock on Kong's schema, as CREATE TABLE does, or locks a table of it against writing, as CREATE INDEX does. So
 * neither somebody's temporary tables count, nor what happens in other schemas of the database.
 */
async function findRunningDdl({ query }: Database, { schema }: SchemaFacts): Promise<string | undefined> {
  const [running] = await query<Backend>(
    `WITH kong AS (SELECT oid FROM pg_namespace WHERE nspname = $1),
          held AS (SELECT * FROM pg_locks WHERE granted AND pid <> pg_backend_pid()
                      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())),
          altering AS (SELECT h.pid FROM held h JOIN pg_class c ON h.locktype = 'relation' AND c.oid = h.relation
                        WHERE c.relnamespace = (SELECT oid FROM kong)
                          AND h.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
                        UNION SELECT h.pid FROM held h WHERE h.locktype = 'object' AND h.classid = 'pg_namespace'::regclass
                          AND h.objid = (SELECT oid FROM kong))
     SELECT ${BACKEND} FROM held l LEFT JOIN pg_class c ON c.oid = l.relation LEFT JOIN pg_stat_activity a ON a.pid = l.pid
      WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
        AND (c.relnamespace = (SELECT oid FROM kong) OR c.oid IS NULL AND l.pid IN (SELECT pid FROM altering))
      LIMIT 1`,
    [schema],
  );
  return running && `${nameBackend(running)} is still changing tables of schema ${schema}`;
}
