import type { Database } from '../database/available/database.ts';
import { waitUntilWritable } from '../database/available/wait-until-writable.ts';
import { nameConnection } from '../database/connection-settings.ts';
import { lockKey } from '../database/lock/advisory-lock.ts';
import type { Lock } from '../database/lock/hold-lock.ts';
import { waitUntilQuiet } from '../database/lock/quiet.ts';
import { takeLock } from '../database/lock/take-lock.ts';
import { type Memory, openMemory } from '../database/memory/memory.ts';
import { assertReadable, readExecuted, readSchemaFacts, type SchemaFacts } from '../database/memory/schema.ts';
import type { KongMigrations } from './kong-migrations.ts';
import { openKongMigrations } from './open-kong-migrations.ts';
import { withPrivatePrefix } from './private-prefix.ts';
import { notBootstrapped, type SchemaState } from './schema-state.ts';
import { tellSlowPath } from './slow-path.ts';
import { readyRow } from './warm-start.ts';
import { connectionSettings, connectToDatabase, nameSchema, type Work } from './work.ts';

/** What stands ready while the lock is held: nobody else changes the schema. */
export type Session = {
  readonly kong: Pick<KongMigrations, 'run'>;
  /** The state of the schema as Kong tells it. One that has no table of Kong's needs a bootstrap, which takes no Kong to tell. */
  readState(): Promise<SchemaState>;
  readonly memory: Memory;
  /** Schema, database, host and port, for a line of the log. */
  readonly name: string;
  readonly kongVersion: string;
  /** Whether Kong has begun its schema: from then on it takes the database for bootstrapped, whatever is missing. */
  isSchemaBegun(): Promise<boolean>;
  /** Waits for a server that can be written to, and for the lock where it was just lost. */
  waitUntilWritable(): Promise<void>;
  /** Notes that the schema is ready as it is now, as Kong told it, for the next start's fast path; says so where that cannot be had. */
  rememberReady(state: SchemaState): Promise<void>;
};

/** Takes the lock, waits until nothing of a dead starter is at work, and gives the action a session. The lock goes whatever happens. */
export async function withSession<T>(
  work: Work,
  database: Database,
  action: (session: Session) => Promise<T>,
): Promise<T> {
  const { world } = work;
  const { signal } = work.waiting;
  const connection = connectionSettings(work);
  const pgSchema = connection.schema;
  const before = await readSchemaFacts(database, pgSchema);
  assertReadable(before);
  const { schema } = before;
  const lock = await takeLock({
    connect: (seeking) => connectToDatabase(work, seeking),
    subject: `schema ${schema}`,
    key: lockKey(schema),
    connection: nameConnection(connection),
    signal,
    stop: world.stop.signal,
    log: world.log,
  });
  try {
    const facts = await readSchemaFacts(database, pgSchema);
    await waitUntilQuiet({ database, facts, signal, log: world.log });
    return await withPrivatePrefix((prefix) => {
      return action(openSession(work, database, facts, lock, openKongMigrations(work, prefix, lock.lost)));
    });
  } finally {
    await lock.release();
  }
}

function openSession(work: Work, database: Database, facts: SchemaFacts, lock: Lock, kong: KongMigrations): Session {
  const { world, settings, waiting } = work;
  const memory = openMemory(database, facts, world.log);
  const connection = connectionSettings(work);
  const isBegun = async () => (await readSchemaFacts(database, connection.schema)).isBootstrapped;
  let asked = 0;
  return {
    kong,
    async readState() {
      if (!(await isBegun())) return notBootstrapped;
      const started = performance.now();
      const state = await kong.readState();
      asked += performance.now() - started;
      return state;
    },
    memory,
    name: nameSchema(connection, facts.schema),
    kongVersion: work.kongVersion ?? 'unknown',
    isSchemaBegun: isBegun,
    async waitUntilWritable() {
      await waitUntilWritable({
        database,
        limit: settings.databaseTimeout,
        signal: waiting.signal,
        log: world.log,
      });
      await lock.held();
    },
    async rememberReady({ namespaces }) {
      const row = readyRow(work, await readExecuted(database, facts), namespaces);
      const missing = 'missing' in row ? row.missing : await memory.rememberReady(row.fingerprint, row.namespaces);
      if (missing !== undefined) tellSlowPath(missing, asked, work);
    },
  };
}
