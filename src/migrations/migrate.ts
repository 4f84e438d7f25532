import { randomUUID } from 'node:crypto';
import { ChildFailedError, codeOf, SettingError, UnavailableError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { MigrationsStep } from '../settings/command.ts';
import type { MigrationsPolicy } from '../settings/entrypoint-settings.ts';
import type { LockedSchema } from './locked-schema.ts';
import { describeNew, isOnlyPlugins } from './new-migrations.ts';
import { decide } from './policy.ts';
import { describeState, type SchemaState, upToDate } from './schema-state.ts';

/** A bootstrap, an `up`, a `finish`, and room for a repair; more means that the steps change nothing. */
const MOST_STEPS = 6;

type ChangingPolicy = Exclude<MigrationsPolicy, 'off' | 'wait'>;

/** Brings the schema to where the policy says, one step at a time; only the state that Kong tells afterwards counts as done. */
export async function migrateByPolicy(policy: ChangingPolicy, schema: LockedSchema, log: Log): Promise<SchemaState> {
  for (let step = 0; step <= MOST_STEPS; step++) {
    const state = await schema.readState();
    const interrupted = await schema.memory.wasInterrupted(schema.kongVersion);
    const action = decide({ state, policy, interrupted });
    if (action.kind === 'stop') throw stopFor(action.because, state);
    if (action.kind !== 'run') return done(state, schema);
    if (interrupted && !state.needsBootstrap)
      log.warn(`an earlier bootstrap of this schema was interrupted: kong migrations ${action.step}`);
    const reached = await runStep(action.step, state, schema, log);
    if (reached !== undefined) return done(reached, schema);
  }
  throw new UnavailableError(`the schema is not ready after ${MOST_STEPS} steps of kong migrations`, {
    hint: 'run kong migrations list, and look for another node that changes the same database',
  });
}

async function done(state: SchemaState, schema: LockedSchema): Promise<SchemaState> {
  await schema.memory.forgetBootstraps();
  await schema.rememberReady(state);
  await schema.grantRights();
  return state;
}

/** Returns the state that the step is proved to have reached; undefined where Kong has to be asked. */
async function runStep(
  step: MigrationsStep,
  state: SchemaState,
  schema: LockedSchema,
  log: Log,
  args?: readonly string[],
): Promise<SchemaState | undefined> {
  await schema.waitUntilWritable();
  if (state.needsBootstrap && step === 'bootstrap') return bootstrap(schema, log, args);
  await schema.run(step, args);
  return undefined;
}

async function bootstrap(schema: LockedSchema, log: Log, args?: readonly string[]): Promise<SchemaState | undefined> {
  const runId = randomUUID();
  log.warn(`the schema is empty: bootstrapping ${schema.name}`);
  await schema.memory.beginBootstrap(schema.kongVersion, runId);
  try {
    const printed = await schema.run('bootstrap', args);
    return (await schema.isProvedReady(printed)) ? upToDate : undefined;
  } catch (error) {
    if (endedByItself(error)) await forgetIfNothingBegan(runId, schema, log);
    throw error;
  }
}

/** A run that was killed may still have a statement at work in the server; one that ended by itself has none. */
function endedByItself(error: unknown): boolean {
  return error instanceof ChildFailedError && error.exitCode < 128;
}

/**
 * A bootstrap that failed before it had done anything is not an interrupted one: were its row kept, a start long after could take a schema
 * that somebody else bootstrapped meanwhile for half done, and run `up` unasked.
 */
async function forgetIfNothingBegan(runId: string, { memory, isBegun }: LockedSchema, log: Log): Promise<void> {
  try {
    if (!(await isBegun())) await memory.forgetBootstrap(runId);
  } catch (error) {
    log.debug(`the failed bootstrap could not be looked at again (${codeOf(error)}); the next start does`);
  }
}

const stops = {
  unfinished: {
    message: 'there are new migrations, and pending ones from an earlier upgrade that was never finished',
    hint: 'run kong migrations finish once no older node is running, then start with --migrations up',
  },
  'finish first': {
    message: 'new migrations cannot be run while pending ones from an earlier upgrade remain',
    hint: 'run kong migrations finish (or --migrations finish) once no older node is running',
  },
} as const;

/** Why the policy stops the start, and what there is to choose. */
export function stopFor(because: 'new' | keyof typeof stops, state: SchemaState): SettingError {
  const subject = 'KONG_ENTRYPOINT_MIGRATIONS';
  if (because !== 'new') {
    const { message, hint } = stops[because];
    return new SettingError(message, { subject, hint });
  }
  return new SettingError(`${describeNew(state)}, and the policy bootstrap does not run them`, {
    subject,
    hint: isOnlyPlugins(state) ? RUN_FOR_PLUGINS : RUN_FOR_VERSION,
  });
}

const RUN_FOR_VERSION =
  'run it with --migrations up: nodes of the previous version keep working until finish; you choose when to run it';
const RUN_FOR_PLUGINS = 'run it once with --migrations up, or take the plugins out of KONG_PLUGINS';

/**
 * Runs one step as the container's command, then asks for the state: success is what Kong tells afterwards, never the exit code. A bootstrap
 * of ours that was interrupted is repaired first. Throws UnavailableError where another node does the work, SettingError where this step
 * cannot be enough, or is a `finish` that an older Kong would not survive.
 */
export async function migrateByCommand(
  step: MigrationsStep,
  args: readonly string[],
  schema: LockedSchema,
  log: Log,
): Promise<void> {
  const before = await schema.readState();
  const interrupted = await schema.memory.wasInterrupted(schema.kongVersion);
  if (step === 'finish' && before.hasPending && !interrupted) await schema.assertNoOlderKong();
  const reached = interrupted
    ? await migrateByPolicy('bootstrap', schema, log)
    : await runStep(step, before, schema, log, args);
  const state = reached ?? (await schema.readState());
  log.info(`after kong migrations ${step}: ${describeState(state)}`);
  if (state.needsBootstrap || state.hasNew || (step === 'finish' && state.hasPending)) throw notDone(step, state);
  await done(state, schema);
}

function notDone(step: MigrationsStep, state: SchemaState): Error {
  const message = `kong migrations ${step} ended without an error, and the schema has: ${describeState(state)}`;
  if (state.needsBootstrap) {
    return new UnavailableError(message, { hint: 'another node may be at work; start again, and look at its log' });
  }
  return new SettingError(message, {
    hint: state.hasPending ? 'run kong migrations finish' : 'run kong migrations up',
  });
}
