import { AccessRefusedError } from '../../errors.ts';
import type { Database } from '../available/database.ts';

/** What PostgreSQL itself tells of Kong's schema; which migrations are new, only Kong can tell. */
export type SchemaFacts = {
  /** The name of the schema that Kong's tables are in, or will be. */
  readonly schema: string;
  readonly schemaExists: boolean;
  /** Whether Kong's `schema_meta` is there: a database that was bootstrapped, by whomever. */
  readonly isBootstrapped: boolean;
  /** Whether this role may read it. One that may not sees an empty database through Kong's eyes. */
  readonly isReadable: boolean;
  /** Whether our own memory is there, and this role may read it. */
  readonly hasMemory: boolean;
};

/**
 * One statement. The schema is `pg_schema`, else the first of the role's search path, else `public`, as Kong's connector has it.
 * `to_regclass` sees tables that `information_schema` would hide from a role without rights on them.
 */
export async function readSchemaFacts({ query }: Database, pgSchema: string | undefined): Promise<SchemaFacts> {
  const [facts] = await query<SchemaFacts>(
    `WITH kong AS (SELECT coalesce($1::text, current_schema(), 'public') AS schema)
     SELECT schema,
            to_regnamespace(quote_ident(schema)) IS NOT NULL AS "schemaExists",
            to_regclass(quote_ident(schema) || '.schema_meta') IS NOT NULL AS "isBootstrapped",
            coalesce(has_table_privilege(to_regclass(quote_ident(schema) || '.schema_meta'), 'SELECT'), true) AS "isReadable",
            coalesce(has_table_privilege(to_regclass(quote_ident(schema) || '.kong_entrypoint'), 'SELECT'), false) AS "hasMemory"
       FROM kong`,
    [pgSchema ?? null],
  );
  if (facts === undefined) throw new TypeError('the statement selects one row');
  return facts;
}

/** Throws AccessRefusedError where Kong's tables are there and this role may not read them: Kong would try to make them again. */
export function assertReadable({ schema, isReadable }: SchemaFacts): void {
  if (isReadable) return;
  throw new AccessRefusedError(`schema ${schema} holds Kong's tables, and this role may not read them`, {
    settingKey: 'pg_user',
    hint: 'log in as the role that owns them, or GRANT it to this role; a KONG_PG_SCHEMA of its own makes a second Kong',
  });
}

/** A row of Kong's `schema_meta`: what of core or of a plugin was run, and what is pending. */
export type ExecutedMigrations = {
  readonly subsystem: string;
  readonly lastExecuted: string | null;
  readonly executed: readonly string[];
  readonly pending: readonly string[];
};

/** The rows of `schema_meta`. */
export async function readExecuted(
  { query }: Database,
  { schema }: SchemaFacts,
): Promise<readonly ExecutedMigrations[]> {
  return query<ExecutedMigrations>(`${executedRows(schema)} ORDER BY subsystem`);
}

/** The statement that selects them. */
export function executedRows(schema: string): string {
  return `SELECT subsystem, last_executed AS "lastExecuted", coalesce(executed, '{}') AS executed, coalesce(pending, '{}') AS pending
            FROM ${quoteIdentifier(schema)}.schema_meta WHERE key = 'schema_meta'`;
}

/** The name as SQL takes it, whatever it holds. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
