import type { Database } from '../available/database.ts';
import { type ExecutedMigrations, executedRows, quoteIdentifier, type SchemaFacts } from './schema.ts';

/** A schema that was ready: its fingerprint, and the namespaces it was made with, which rows of our version 0.1 do not have. */
export type ReadySchema = { readonly fingerprint: string; readonly namespaces: string | null };

/** What a warm start needs to know. */
export type Remembered = {
  readonly executed: readonly ExecutedMigrations[];
  /** Schemas that were ready, at most a week ago, the newest first. */
  readonly ready: readonly ReadySchema[];
};

/** One statement: what Kong has executed, and which ready schemas we remember. Undefined where there is nothing to remember. */
export async function readRemembered(
  { query }: Database,
  { schema, isBootstrapped, isReadable, hasMemory }: SchemaFacts,
): Promise<Remembered | undefined> {
  if (!isBootstrapped || !isReadable || !hasMemory) return undefined;
  const [row] = await query<{
    readonly executed: readonly ExecutedMigrations[] | null;
    readonly ready: readonly ReadySchema[] | null;
  }>(
    `SELECT (SELECT json_agg(m ORDER BY m.subsystem) FROM (${executedRows(schema)}) m) AS executed,
            (SELECT json_agg(json_build_object('fingerprint', id, 'namespaces', kong_version) ORDER BY at DESC)
               FROM ${quoteIdentifier(schema)}.kong_entrypoint
              WHERE kind = 'ready' AND at > now() - interval '7 days') AS ready`,
  );
  return { executed: row?.executed ?? [], ready: row?.ready ?? [] };
}
