import type { MigrationsStep } from '../cli/command.ts';
import { SettingError, UnavailableError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { MigrationsPolicy } from '../settings/entrypoint-settings.ts';
import type { KongMigrations } from './kong-migrations.ts';
import { type Action, decide } from './policy.ts';
import { describeState, type SchemaState } from './schema-state.ts';

export type MigrateOptions = {
  readonly kong: KongMigrations;
  readonly policy: Exclude<MigrationsPolicy, 'off'>;
  /** Schema, database, host and port, for the line that says what is bootstrapped. */
  readonly database: string;
  readonly log: Log;
};

/** A bootstrap, an `up`, a `finish`, and room for a cure; more means that the steps change nothing. */
const MOST_STEPS = 6;

/** Brings the schema to where the policy says, one step at a time; only the state that Kong tells afterwards counts as done. */
export async function migrateByPolicy(options: MigrateOptions): Promise<SchemaState> {
  for (let step = 0; step <= MOST_STEPS; step++) {
    const state = await options.kong.readState();
    const action = decide({ state, policy: options.policy, interrupted: false });
    if (action.kind === 'hand over') return state;
    await act(action, state, options);
  }
  throw new UnavailableError(`the schema is not ready after ${MOST_STEPS} steps of kong migrations`, {
    hint: 'run kong migrations list, and look for another node that changes the same database',
  });
}

async function act(action: Action, state: SchemaState, { kong, database, log }: MigrateOptions): Promise<void> {
  if (action.kind === 'stop') throw stopped(action.because);
  if (action.kind === 'poll')
    throw new SettingError('--migrations wait is not available yet', { hint: 'use bootstrap, up, finish or off' });
  if (action.kind !== 'run') return;
  if (state.needsBootstrap) log.warn(`the schema is empty: bootstrapping ${database}`);
  await kong.run(action.step);
}

const stops = {
  new: {
    message: 'this version of Kong has new migrations, and the policy bootstrap does not run them',
    hint: 'run it with --migrations up: nodes of the version before go on working until finish, and that moment is yours to choose',
  },
  unfinished: {
    message: 'there are new migrations, and pending ones of an earlier upgrade that was never finished',
    hint: 'run kong migrations finish once no older node is left, then start with --migrations up',
  },
  'finish first': {
    message: 'new migrations cannot be run while pending ones of an earlier upgrade are left',
    hint: 'run kong migrations finish (or --migrations finish) once no older node is left',
  },
} as const;

function stopped(because: keyof typeof stops): SettingError {
  const { message, hint } = stops[because];
  return new SettingError(message, { subject: 'KONG_ENTRYPOINT_MIGRATIONS', hint });
}

/**
 * Runs one step as the container's command, then asks for the state: success is what Kong tells afterwards, never the exit code.
 * Throws UnavailableError where another node did or does the work, SettingError where this step cannot be enough.
 */
export async function migrateByCommand(
  step: MigrationsStep,
  args: readonly string[],
  { kong, log }: Pick<MigrateOptions, 'kong' | 'log'>,
): Promise<void> {
  await kong.run(step, args);
  const state = await kong.readState();
  log.info(`after kong migrations ${step}: ${describeState(state)}`);
  const isDone = !state.needsBootstrap && !state.hasNew && (step !== 'finish' || !state.hasPending);
  if (!isDone) throw notDone(step, state);
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
