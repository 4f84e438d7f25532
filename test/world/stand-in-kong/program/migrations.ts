import type { Knobs } from '../knobs.ts';
import { LOCKS_TABLE, type LockOptions, withClusterLock } from './cluster-lock.ts';
import type { CommandLine } from './command-line.ts';
import { type Connection, connect } from './database.ts';
import { lyingOutput } from './lies.ts';
import { type Phases, runMigrations, type StepWorld } from './migration-steps.ts';
import { KongError } from './output.ts';
import { resetCommand, resetSchema } from './reset.ts';
import { listMigrations, statusJson } from './schema-report.ts';
import { readSchemaState, type SchemaState, type Subsystem } from './schema-state.ts';
import type { Settings } from './settings.ts';

/** One run of `kong migrations`: the state is the one read at its beginning, before any lock. */
export type MigrationsRun = StepWorld & {
  readonly commandLine: CommandLine;
  readonly settings: Settings;
  readonly knobs: Knobs;
  readonly subsystems: readonly Subsystem[];
  readonly timeout: number;
};

const NOT_LEADER = 'aborted: another node is performing database changes';
const NEW_AVAILABLE = "\nNew migrations available; run 'kong migrations up' to proceed";

/** Runs the command and returns its exit status. */
export async function runMigrationsCommand(command: string, run: MigrationsRun): Promise<number> {
  if (command === 'status') await run.connection.query(run.faults.slowStatement('status'));
  const state = await currentState(run);
  switch (command) {
    case 'list':
      return listMigrations(state, run.output);
    case 'status':
      process.stdout.write(`${statusJson(state)}\n`);
      return 0;
    case 'bootstrap':
      return bootstrap(run.commandLine.force ? await resetSchema(state, run) : state, run);
    case 'up':
      return up(state, run);
    case 'finish':
      return finish(state, run);
    default:
      return resetCommand(state, run);
  }
}

function currentState(run: MigrationsRun): Promise<SchemaState> {
  return readSchemaState(run.connection, run.subsystems);
}

async function bootstrap(state: SchemaState, run: MigrationsRun): Promise<number> {
  if (!state.needsBootstrap) {
    run.output.say('Database already bootstrapped');
    return 0;
  }
  const lie = run.faults.lie();
  if (lie === 'nothing') return 0;
  run.output.say('Bootstrapping database...');
  await createTables(run);
  if (lie === 'aborted') {
    run.output.say(NOT_LEADER);
    return 0;
  }
  const output = lie === undefined ? run.output : lyingOutput(run.output, lie);
  return locked(run, false, async () => {
    await runMigrations(state.new, { up: true, teardown: true }, { ...run, output });
    if (lie === "somebody else's row") await run.connection.query(SOMEBODY_ELSES_ROW);
    output.say('Database is up-to-date');
  });
}

const SOMEBODY_ELSES_ROW = `INSERT INTO schema_meta (key, subsystem, last_executed, executed)
  VALUES ('schema_meta', 'theirs', '000_theirs', ARRAY['000_theirs'])`;

/** Outside of any lock, each statement text a transaction of its own: here concurrent first bootstraps collide. */
async function createTables({ connection, settings, knobs }: MigrationsRun): Promise<void> {
  const schema = settings.get('pg_schema');
  if (schema !== undefined) await connection.query(`CREATE SCHEMA IF NOT EXISTS "${schema.replaceAll('"', '""')}"`);
  await connection.query(`CREATE TABLE IF NOT EXISTS schema_meta (
      key TEXT, subsystem TEXT, last_executed TEXT, executed TEXT[], pending TEXT[], PRIMARY KEY (key, subsystem));
    SELECT pg_sleep(${knobs.tableCreationMilliseconds / 1000});`);
  await connection.query(LOCKS_TABLE);
}

async function up(state: SchemaState, run: MigrationsRun): Promise<number> {
  if (state.needsBootstrap) {
    throw new KongError("Cannot run migrations: database needs bootstrapping; run 'kong migrations bootstrap'");
  }
  return locked(run, true, async () => {
    const fresh = await currentState(run);
    if (fresh.pending.length > 0 && !run.commandLine.force) {
      throw new KongError("Database has pending migrations; run 'kong migrations finish'");
    }
    if (run.commandLine.force) await runMigrations(fresh.executed, { up: true, teardown: true }, run);
    if (fresh.new.length === 0) return run.output.say('Database is already up-to-date');
    await runMigrations(fresh.new, { up: true, teardown: false }, run);
    const pending = (await currentState(run)).pending.length > 0;
    if (pending) run.output.say("\nDatabase has pending migrations; run 'kong migrations finish' when ready");
  });
}

async function finish(state: SchemaState, run: MigrationsRun): Promise<number> {
  if (state.needsBootstrap) throw new KongError("Cannot run migrations; run 'kong migrations bootstrap' instead");
  return locked(run, false, async () => {
    const { pending, executed } = await currentState(run);
    const phases: Phases = { up: false, teardown: true };
    if (run.commandLine.force) await runMigrations(executed, { up: true, teardown: true }, run);
    if (pending.length > 0) await runMigrations(pending, phases, run);
    const fresh = await currentState(run);
    if (fresh.new.length > 0) return run.output.say(NEW_AVAILABLE);
    if (pending.length === 0) run.output.say('No pending migrations to finish');
  });
}

/** The lock has a connection of its own: a statement that timed out on the other must not keep the row from going. */
async function locked(run: MigrationsRun, wait: boolean, work: () => Promise<void>): Promise<number> {
  const lockConnection: Connection = await connect(run.settings, run.timeout);
  const options: LockOptions = { timeout: run.commandLine.lockTimeout ?? run.knobs.lockSeconds, wait };
  try {
    if (!(await withClusterLock(lockConnection, options, work))) run.output.say(NOT_LEADER);
    return 0;
  } finally {
    await lockConnection.close();
  }
}
