import type { Log } from '../../log.ts';
import type { Database } from '../available/database.ts';
import { codeOfFault } from '../available/faults.ts';
import { quoteIdentifier, type SchemaFacts } from './schema.ts';

/** What was begun and what was found ready, remembered in a table beside Kong's own, so that the next start knows. */
export type Memory = {
  /** Whether a bootstrap by this version of Kong was begun and never ended. */
  wasInterrupted(kongVersion: string): Promise<boolean>;
  /** Notes that a bootstrap begins; `runId` tells this run from others. */
  beginBootstrap(kongVersion: string, runId: string): Promise<void>;
  /** Notes the owner of the row in Kong's `locks` that was there while a begun bootstrap, or its repair, ran. */
  noteKongLock(kongVersion: string, owner: string): Promise<void>;
  /** Whether this owner was noted for a bootstrap that was begun and never ended. */
  wasKongLockOurs(kongVersion: string, owner: string): Promise<boolean>;
  /** Forgets this one: it failed before Kong had executed anything, so nothing of it is left to be repaired. */
  forgetBootstrap(runId: string): Promise<void>;
  /** Forgets every bootstrap that was begun: the schema is good, or another version made the rows void. */
  forgetBootstraps(): Promise<void>;
  /** Notes when `kong migrations up` last ran: a Kong that was connected before is older. */
  noteUp(): Promise<void>;
  /**
   * Notes that a schema of this fingerprint, made with these namespaces, was ready; the newest eight are kept, so that two images do not
   * undo each other. Returns why it could not be noted; undefined if it was.
   */
  rememberReady(fingerprint: string, namespaces: string): Promise<string | undefined>;
};

const KEPT = 8;

/** The id of the row that tells when `up` ran. Its kind is 'ready', for tables of our version 0.1 take no third one. */
export const UP_RAN = 'up';

/** SQLSTATEs of a role that may not write here: the start goes on, but more slowly. */
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
         -- of a 'bootstrapping' row the run's id and, once it is known, the owner of the row in Kong's locks
         id text NOT NULL,
         -- of a 'bootstrapping' row; in a 'ready' row the namespaces, for a column more would take the rights of the table's owner
         kong_version text,
         at timestamptz NOT NULL DEFAULT now(),
         PRIMARY KEY (kind, id))`,
    );
    isThere = true;
  }

  /** The SQLSTATE that says why nothing can be written, where that is so. */
  async function tryToWrite(statements: () => Promise<unknown>): Promise<string | undefined> {
    try {
      await ensureTable();
      await statements();
      return undefined;
    } catch (error) {
      const code = codeOfFault(error);
      if (!notWritable.has(code)) throw error;
      return code;
    }
  }

  async function write(statements: () => Promise<unknown>): Promise<void> {
    const code = await tryToWrite(statements);
    if (code !== undefined) log.debug(`nothing can be remembered in schema ${schema} (${code})`);
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
    async noteKongLock(kongVersion, owner) {
      if (!isThere) return;
      await write(() =>
        query(
          `UPDATE ${table} SET id = split_part(id, ' ', 1) || ' ' || $2 WHERE kind = 'bootstrapping' AND kong_version = $1`,
          [kongVersion, owner],
        ),
      );
    },
    async wasKongLockOurs(kongVersion, owner) {
      if (!isThere) return false;
      const rows = await query(
        `SELECT 1 FROM ${table} WHERE kind = 'bootstrapping' AND kong_version = $1 AND split_part(id, ' ', 2) = $2`,
        [kongVersion, owner],
      );
      return rows.length > 0;
    },
    async forgetBootstrap(runId) {
      if (!isThere) return;
      await write(() =>
        query(`DELETE FROM ${table} WHERE kind = 'bootstrapping' AND split_part(id, ' ', 1) = $1`, [runId]),
      );
    },
    async forgetBootstraps() {
      if (isThere) await write(() => query(`DELETE FROM ${table} WHERE kind = 'bootstrapping'`));
    },
    noteUp: () =>
      write(() =>
        query(`INSERT INTO ${table} (kind, id) VALUES ('ready', $1) ON CONFLICT (kind, id) DO UPDATE SET at = now()`, [
          UP_RAN,
        ]),
      ),
    async rememberReady(fingerprint, namespaces) {
      const code = await tryToWrite(async () => {
        await query(
          `INSERT INTO ${table} (kind, id, kong_version) VALUES ('ready', $1, $2)
             ON CONFLICT (kind, id) DO UPDATE SET at = now(), kong_version = EXCLUDED.kong_version`,
          [fingerprint, namespaces],
        );
        await query(
          `DELETE FROM ${table} WHERE kind = 'ready' AND id <> $1
             AND id NOT IN (SELECT id FROM ${table} WHERE kind = 'ready' AND id <> $1 ORDER BY at DESC LIMIT ${KEPT})`,
          [UP_RAN],
        );
      });
      return code === undefined
        ? undefined
        : `this role may not write to the table kong_entrypoint in schema ${schema} (${code})`;
    },
  };
}
