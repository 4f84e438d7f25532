import type { Database } from '../database/available/database.ts';
import { lockKey } from '../database/lock/advisory-lock.ts';
import { type DeadRunOptions, notingKongLock } from '../database/lock/dead-run.ts';
import type { Lock } from '../database/lock/hold-lock.ts';
import { assertNoOlderKong } from '../database/lock/older-kong.ts';
import { waitUntilQuiet } from '../database/lock/quiet.ts';
import { takeLock } from '../database/lock/take-lock.ts';
import { type Memory, openMemory } from '../database/memory/memory.ts';
import { assertReadable, readExecuted, readSchemaFacts } from '../database/memory/schema.ts';
import { assertRoles } from '../database/roles/assert-roles.ts';
import { grantRights } from '../database/roles/grant-rights.ts';
import { provesReady } from './bootstrap-proof.ts';
import { proveWritable, readBeyondFailovers, served } from './failover.ts';
import { type KongDatabase, nameSchema } from './kong-database.ts';
import { type KongMigrations, type KongProgram, openKongMigrations } from './kong-migrations.ts';
import { withPrivatePrefix } from './private-prefix.ts';
import { notBootstrapped, type SchemaState } from './schema-state.ts';
import { tellSlowPath } from './slow-path.ts';
import { readyRow } from './warm-start.ts';

/** Kong's schema while the lock is held: nobody else changes it. */
export type LockedSchema = {
  /** Runs a step of `kong migrations`. */
  readonly run: KongMigrations['run'];
  /** The state of the schema as Kong tells it. One that has no table of Kong's needs a bootstrap, which takes no Kong to tell. */
  readState(): Promise<SchemaState>;
  /** Whether what a bootstrap printed proves, without asking Kong, that the schema is up to date. */
  isProvedReady(stdout: string): Promise<boolean>;
  readonly memory: Pick<Memory, 'wasInterrupted' | 'beginBootstrap' | 'forgetBootstrap' | 'forgetBootstraps'>;
  /** Schema, database, host and port, for a line of the log. */
  readonly name: string;
  readonly kongVersion: string;
  /** Whether Kong has begun its schema: from then on it takes the database for bootstrapped, whatever is missing. */
  isBegun(): Promise<boolean>;
  /** Waits for a server that can be written to, and proves that the lock is held there, taking it again where it was just lost. */
  waitUntilWritable(): Promise<void>;
  /** Throws SettingError where an older Kong is seen to read the schema, which a `finish` would break. */
  assertNoOlderKong(): Promise<void>;
  /** Records that the schema is ready, as Kong reported it, for the next start's fast path. Logs a line where that is impossible. */
  rememberReady(state: SchemaState): Promise<void>;
  /** Grants Kong's role what it needs and lacks, where another one migrates. */
  grantRights(): Promise<void>;
};

/** Takes the lock, waits until no statement of a dead starter is running, and runs the action. The lock is always released. */
export async function withLockedSchema<T>(
  program: KongProgram,
  kongDatabase: KongDatabase,
  database: Database,
  action: (schema: LockedSchema) => Promise<T>,
): Promise<T> {
  const { signal, log } = kongDatabase;
  const connection = kongDatabase.settings();
  const { roles } = program;
  if (roles !== undefined) await assertRoles(database.query, roles, connection.schema);
  const before = await readSchemaFacts(database, connection.schema);
  assertReadable(before);
  const { schema } = before;
  const lock = await takeLock({
    open: kongDatabase.link,
    subject: `schema ${schema}`,
    key: lockKey(schema),
    signal,
    stop: program.world.stop.signal,
    log,
  });
  try {
    const facts = await readSchemaFacts(database, connection.schema);
    const memory = openMemory(database, facts, log);
    const kongVersion = program.dereferencer.known.kongVersion ?? 'unknown';
    const run = { database, facts, memory, kongVersion, log };
    await waitUntilQuiet({ ...run, signal });
    return await withPrivatePrefix((prefix) => {
      const kong = openKongMigrations(program, prefix, lock.guard);
      return action(openLocked({ ...run, program, name: nameSchema(connection, schema), lock, kong }));
    });
  } finally {
    await lock.release();
  }
}

type Parts = DeadRunOptions & {
  readonly program: KongProgram;
  readonly name: string;
  readonly memory: Memory;
  readonly lock: Lock;
  readonly kong: KongMigrations;
};

function openLocked(parts: Parts): LockedSchema {
  const { program, name, database, facts, memory, kongVersion, lock, kong } = parts;
  const isBegun = async () => (await readSchemaFacts(database, facts.schema)).isBootstrapped;
  let asked = 0;
  return {
    async run(step, args) {
      const stdout = await served(lock, () => notingKongLock(parts, () => kong.run(step, args)));
      if (step === 'up') await memory.noteUp();
      return stdout;
    },
    async readState() {
      if (!(await isBegun())) return notBootstrapped;
      const started = performance.now();
      const state = await readBeyondFailovers(parts);
      asked += performance.now() - started;
      return state;
    },
    async isProvedReady(stdout) {
      if (!(await isBegun())) return false;
      return provesReady(stdout, await readExecuted(database, facts)) && (await lock.isUnbroken());
    },
    memory,
    name,
    kongVersion,
    isBegun,
    waitUntilWritable: () => proveWritable(database, lock),
    assertNoOlderKong: () => assertNoOlderKong(database, facts, program.dereferencer.known.typed.pg_user),
    async rememberReady({ namespaces }) {
      const row = readyRow(program, await readExecuted(database, facts), namespaces);
      const missing = 'missing' in row ? row.missing : await memory.rememberReady(row.fingerprint, row.namespaces);
      if (missing !== undefined) tellSlowPath(missing, asked, program);
    },
    async grantRights() {
      if (program.roles !== undefined) await grantRights(database, program.roles, facts.schema, program.world.log);
    },
  };
}
