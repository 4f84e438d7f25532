import { SettingError } from '../../errors.ts';
import type { Database } from '../available/database.ts';
import { UP_RAN } from '../memory/memory.ts';
import { quoteIdentifier, type SchemaFacts } from '../memory/schema.ts';
import { type Backend, nameBackend } from './backend.ts';

/**
 * Throws SettingError where an older Kong is seen to read the database, for `finish` would break it. Seen is a session of Kong's role that is
 * older than the last `up` of ours: before `up`, no newer Kong starts. Kong's sessions bear pgmoon's name or none
 * (kong/db/strategies/postgres/connector.lua, 3.9), and no version. One that connected again after `up` is not seen, nor those of another
 * role, whose start PostgreSQL hides.
 */
export async function assertNoOlderKong(
  { query }: Database,
  { schema, hasMemory }: SchemaFacts,
  kongUser: string | undefined,
): Promise<void> {
  if (!hasMemory) return;
  const [older] = await query<Backend>(
    `SELECT a.pid, host(a.client_addr) AS address,
            to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS since
       FROM pg_stat_activity a, ${quoteIdentifier(schema)}.kong_entrypoint m
      WHERE m.kind = 'ready' AND m.id = $1 AND a.backend_start < m.at
        AND a.datname = current_database() AND a.usename = $2 AND a.application_name IN ('pgmoon', '')
      ORDER BY a.backend_start LIMIT 1`,
    [UP_RAN, kongUser ?? null],
  );
  if (older === undefined) return;
  throw new SettingError(`an older Kong still reads the database: ${nameBackend(older)}, before up ran`, {
    hint: `stop the older nodes, then run it again; where this is none of them, end its session: SELECT pg_terminate_backend(${older.pid})`,
  });
}
