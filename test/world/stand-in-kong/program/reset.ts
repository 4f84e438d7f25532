import type { CommandLine } from './command-line.ts';
import type { StepWorld } from './migration-steps.ts';
import { KongError } from './output.ts';
import { readSchemaState, type SchemaState, type Subsystem } from './schema-state.ts';

type ResetRun = Pick<StepWorld, 'connection' | 'output'> & {
  readonly commandLine: CommandLine;
  readonly subsystems: readonly Subsystem[];
};

/** `kong migrations reset`: nobody is there to be asked, so it wants `--yes`. */
export async function resetCommand(state: SchemaState, run: ResetRun): Promise<number> {
  if (!run.commandLine.yes && !run.commandLine.force) {
    throw new KongError("not a tty: invoke 'reset' non-interactively with the --yes flag");
  }
  if (state.needsBootstrap) {
    run.output.say('Database not bootstrapped, nothing to reset');
    return 1;
  }
  await resetSchema(state, run);
  return 0;
}

/** Drops all that the schema holds, whoever made it. */
export async function resetSchema(state: SchemaState, run: ResetRun): Promise<SchemaState> {
  if (state.needsBootstrap) return state;
  run.output.say('Resetting database...');
  const schema = `"${run.connection.schema.replaceAll('"', '""')}"`;
  await run.connection.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE; CREATE SCHEMA IF NOT EXISTS ${schema};`);
  run.output.say('Database successfully reset');
  return readSchemaState(run.connection, run.subsystems);
}
