import type { Database } from './database.ts';
import { quoteIdentifier, type SchemaFacts } from './schema.ts';

/** A row of Kong's `schema_meta`: what of core or of a plugin was run, and what is pending. */
export type ExecutedMigrations = {
  readonly subsystem: string;
  readonly lastExecuted: string | null;
  readonly executed: readonly string[];
  readonly pending: readonly string[];
};

export type Remembered = {
  readonly executed: readonly ExecutedMigrations[];
  /** Fingerprints of schemas that were ready, at most a week old. */
  readonly ready: readonly string[];
};

/** One statement, for the warm start: what Kong has executed, and what we remember of it. Undefined where there is nothing to remember. */
export async function readRemembered(
  { query }: Database,
  { schema, isBootstrapped, isReadable, hasMemory }: SchemaFacts,
): Promise<Remembered | undefined> {
  if (!isBootstrapped || !isReadable || !hasMemory) return undefined;
  const [row] = await query<{
    readonly executed: readonly ExecutedMigrations[] | null;
    readonly ready: readonly string[] | null;
  }>(
    `SELECT (SELECT json_agg(m ORDER BY m.subsystem) FROM (${executedRows(schema)}) m) AS executed,
            (SELECT array_agg(id) FROM ${quoteIdentifier(schema)}.kong_entrypoint
              WHERE kind = 'ready' AND at > now() - interval '7 days') AS ready`,
  );
  return { executed: row?.executed ?? [], ready: row?.ready ?? [] };
}

/** The rows of `schema_meta` alone. */
export async function readExecuted(
  { query }: Database,
  { schema }: SchemaFacts,
): Promise<readonly ExecutedMigrations[]> {
  return query<ExecutedMigrations>(`${executedRows(schema)} ORDER BY subsystem`);
}

function executedRows(schema: string): string {
  return `SELECT subsystem, last_executed AS "lastExecuted", coalesce(executed, '{}') AS executed, coalesce(pending, '{}') AS pending
            FROM ${quoteIdentifier(schema)}.schema_meta WHERE key = 'schema_meta'`;
}
