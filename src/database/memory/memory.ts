import type { Log } from '../../log.ts';
import type { Database } from '../available/database.ts';
import { codeOfFault } from '../available/faults.ts';
import { type ExecutedMigrations, executedRows, quoteIdentifier, type SchemaFacts } from './schema.ts';

/** What was begun and what was found ready, remembered in a table beside Kong's own, so that the next start knows. */
export type Memory = {
  /** Whether a bootstrap by this version of Kong was begun and never ended. */
  wasInterrupted(kongVersion: string): Promise<boolean>;
  /** Notes that a bootstrap begins; `runId` tells this run from others. */
  beginBootstrap(kongVersion: string, runId: string): Promise<void>;
  /** Forgets this one: it failed before Kong had executed anything, so nothing of it is left to be cured. */
  forgetBootstrap(runId: string): Promise<void>;
  /** Forgets every bootstrap that was begun: the schema is good, or another version made the rows void. */
  forgetBootstraps(): Promise<void>;
  /** Notes that a schema of this fingerprint was ready; the newest eight are kept, so that two images do not undo each other. */
  rememberReady(fingerprint: string): Promise<void>;
};

const KEPT = 8;

/** SQLSTATEs that mean this role may not write here: the start goes on, only slower. */
const notWritable: ReadonlySet<string> = new Set(['42501', '25006', '3F000']);

export function openMemory({ query }: Database, { schema, hasMemory, schemaExists }: SchemaFacts, log: Log): Memory {
  const table = `${quoteIdentifier(schema)}.kong_entrypoint`;
  let isThere = hasMemory;

  async function ensureTable(): Promise<void> {
    if (isThere) return;
    if (!schemaExists) await query(`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(schema)}`);
    await query(
      `CREATE TABLE IF NOT EXISTS ${table} (
         kind text NOT NULL CHECK (kind IN ('bootstrapping', 'ready')),
         id text NOT NULL,
         kong_version text,
         at timestamptz NOT NULL DEFAULT now(),
         PRIMARY KEY (kind, id))`,
    );
    isThere = true;
  }

  async function write(statements: () => Promise<unknown>): Promise<void> {
    try {
      await ensureTable();
      await statements();
    } catch (error) {
      const code = codeOfFault(error);
      if (!notWritable.has(code)) throw error;
      log.debug(`nothing can be remembered in schema ${schema} (${code}); the next start asks Kong again`);
    }
  }

  return {
    async wasInterrupted(kongVersion) {
      if (!isThere) return false;
      const rows = await query(`SELECT 1 FROM ${table} WHERE kind = 'bootstrapping' AND kong_version = $1`, [
        kongVersion,
      ]);
      return rows.length > 0;
    },
    beginBootstrap: (kongVersion, runId) =>
      write(() =>
        query(`INSERT INTO ${table} (kind, id, kong_version) VALUES ('bootstrapping', $1, $2) ON CONFLICT DO NOTHING`, [
          runId,
          kongVersion,
        ]),
      ),
    async forgetBootstrap(runId) {
      if (isThere) await write(() => query(`DELETE FROM ${table} WHERE kind = 'bootstrapping' AND id = $1`, [runId]));
    },
    async forgetBootstraps() {
      if (isThere) await write(() => query(`DELETE FROM ${table} WHERE kind = 'bootstrapping'`));
    },
    rememberReady: (fingerprint) =>
      write(async () => {
        await query(
          `INSERT INTO ${table} (kind, id) VALUES ('ready', $1) ON CONFLICT (kind, id) DO UPDATE SET at = now()`,
          [fingerprint],
        );
        await query(
          `DELETE FROM ${table} WHERE kind = 'ready'
             AND id NOT IN (SELECT id FROM ${table} WHERE kind = 'ready' ORDER BY at DESC LIMIT ${KEPT})`,
        );
      }),
  };
}

/** What a warm start needs to know. */
export type Remembered = {
  readonly executed: readonly ExecutedMigrations[];
  /** Fingerprints of schemas that were ready, at most a week old. */
  readonly ready: readonly string[];
};

/** One statement: what Kong has executed, and which fingerprints we remember. Undefined where there is nothing to remember. */
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
