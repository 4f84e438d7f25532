import type { Command } from '../cli/command.ts';
import { createLookAhead } from '../database/connection/look-ahead.ts';
import { ProgramNotFoundError } from '../errors.ts';
import { findProgram } from '../process/executable.ts';
import { printDuration } from '../process/wait.ts';
import { namingOrigins } from '../references/name-origin.ts';
import type { MigrationsPolicy } from '../settings/entrypoint-settings.ts';
import { migrateByCommand, migrateByPolicy } from './migrate.ts';
import { childEnvironment } from './open-kong-migrations.ts';
import { prepareDatabase } from './provision-database.ts';
import { describeState } from './schema-state.ts';
import { type Session, withSession } from './session.ts';
import { withoutDatabaseChecks } from './unchecked.ts';
import { waitForSchema } from './wait-for-schema.ts';
import { isRememberedReady } from './warm-start.ts';
import {
  type DatabaseWork,
  fetchConnection,
  hasTokenOfItsOwn,
  openKongDatabase,
  type PossibleWork,
  type SchemaInput,
  type Work,
} from './work.ts';

type RunningPolicy = Exclude<MigrationsPolicy, 'off'>;

/** Kong's schema, and what this start may do to it. */
export type Schema = {
  /** The path of the `kong` program that runs the migrations. */
  readonly kong: string;
  /** Brings the schema to where the policy says. */
  bring(policy: RunningPolicy): Promise<void>;
  /** Runs the step that is the container's command, and proves that it is done. */
  runStep(command: Extract<Command, { kind: 'migrations' }>): Promise<undefined>;
  /** The environment for a command of Kong that reads the database: needed references as values, the others blanked. */
  environmentWithValues(): Promise<Readonly<Record<string, string>>>;
};

/** The work for a look at the schema, which needs no Kong. */
export function openWork(input: SchemaInput): PossibleWork {
  try {
    return withKong(input);
  } catch (error) {
    if (error instanceof ProgramNotFoundError) return { ...withVersion(input), kong: undefined };
    throw error;
  }
}

function withKong(input: SchemaInput): Work {
  const { command, environment, world } = input;
  const kong = findProgram(command.words[0], { path: environment['PATH'], self: world.self });
  return { ...withVersion(input), kong };
}

function withVersion(input: SchemaInput): DatabaseWork {
  return { ...input, kongVersion: input.environment['KONG_VERSION'], ahead: createLookAhead() };
}

export function openSchema(input: SchemaInput): Schema {
  const { world, dereferencer } = input;
  const work = withKong(input);
  const named = <T>(action: () => Promise<T>): Promise<T> => namingOrigins(dereferencer.known, action);
  return {
    kong: work.kong,
    bring: (policy) =>
      named(async () => {
        await (policy === 'wait' ? fetchConnection(work) : prepareDatabase(work));
        await world.phases.measure('database', () =>
          policy === 'wait' ? waitForSchema(work) : bringByPolicy(work, policy),
        );
      }),
    runStep: ({ step, arguments: args }) =>
      named(async () => {
        await prepareDatabase(work);
        await inSession(work, (session) => migrateByCommand(step, args, session, world.log));
        return undefined;
      }),
    environmentWithValues: () =>
      named(async () => {
        await dereferencer.fetch(['connection', 'child']);
        return childEnvironment(work, undefined, ['connection', 'child']).variables;
      }),
  };
}

async function bringByPolicy(work: Work, policy: Exclude<RunningPolicy, 'wait'>): Promise<void> {
  const started = performance.now();
  const { log } = work.world;
  const took = (): string => printDuration(performance.now() - started);
  await inSession(
    work,
    async (session) => {
      const state = await migrateByPolicy(policy, session, log);
      log.info(`schema ready (${describeState(state)}) in ${took()}`);
    },
    () => log.info(`schema ready (remembered; --fast-path off asks Kong) in ${took()}`),
  );
}

/**
 * Runs the action while the lock is held. With `ready`, that is called instead where the schema is remembered to be ready: before the lock
 * is taken, and again after it, for the one who had it may just have done the work.
 */
async function inSession(work: Work, action: (session: Session) => Promise<void>, ready?: () => void): Promise<void> {
  if (hasTokenOfItsOwn(work)) return withoutDatabaseChecks(work, action);
  const database = await openKongDatabase(work);
  const isReady = async (): Promise<boolean> => ready !== undefined && (await isRememberedReady(work, database));
  try {
    if (await isReady()) return ready?.();
    await withSession(work, database, async (session) => ((await isReady()) ? ready?.() : action(session)));
  } finally {
    await database.close();
  }
}
