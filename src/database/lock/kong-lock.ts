import type { Database } from '../available/database.ts';
import { isDirect } from '../connection/keepalive.ts';
import { quoteIdentifier, type SchemaFacts } from '../memory/schema.ts';
import { type Backend, nameBackend } from './backend.ts';

/**
 * Kong's own lock on its migrations: a row of its table `locks`, whose owner is a random id of the process that took it. It lives 60 s
 * unless `--lock-timeout` says otherwise and is never renewed, so a killed run keeps others waiting until it expires
 * (kong/db/strategies/postgres/connector.lua, kong/db/init.lua, 2.8 to 3.9).
 */
export type KongLock = {
  readonly owner: string;
  /** Until it expires. */
  readonly seconds: number;
};

/** The row where it is there and alive. */
export async function readKongLock({ query }: Database, { schema }: SchemaFacts): Promise<KongLock | undefined> {
  const table = tableOf(schema);
  const [found] = await query<{ readonly there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [table]);
  if (found?.there !== true) return undefined;
  const [row] = await query<KongLock>(
    `SELECT owner, greatest(1, ceil(extract(epoch FROM ttl - now())))::int AS seconds
       FROM ${table} WHERE key = 'migrations' AND ttl > now()`,
  );
  return row;
}

/** Removes this owner's row and no other. */
export async function removeKongLock({ query }: Database, { schema }: SchemaFacts, owner: string): Promise<void> {
  await query(`DELETE FROM ${tableOf(schema)} WHERE key = 'migrations' AND owner = $1`, [owner]);
}

/**
 * Why the owner of the row could be alive though the lock of its start is free: somebody is connected to this database who is not one of
 * our starts, or that cannot be seen. Kong holds a connection for as long as it runs migrations. Undefined where nothing speaks for it.
 */
export async function findSignOfLife({ query, run }: Database): Promise<string | undefined> {
  if (!(await run(isDirect))) return 'a pooler is between, behind which somebody may still be connected';
  const [other] = await query<Backend>(
    `SELECT pid, host(client_addr) AS address, to_char(backend_start AT TIME ZONE 'UTC', 'HH24:MI:SS') AS since
       FROM pg_stat_activity
      WHERE datname = current_database() AND usename IS NOT NULL AND pid <> pg_backend_pid()
        AND application_name IS DISTINCT FROM 'kong-entrypoint' LIMIT 1`,
  );
  return other && `${nameBackend(other)} is connected`;
}

function tableOf(schema: string): string {
  return `${quoteIdentifier(schema)}.locks`;
}
