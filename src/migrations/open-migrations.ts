import { findProgram } from '../process/executable.ts';
import type { WaitingLimit } from '../process/stop.ts';
import { printDuration } from '../process/wait.ts';
import type { World } from '../process/world.ts';
import type { Dereferencer } from '../references/dereferencer.ts';
import { namingOrigins } from '../references/name-origin.ts';
import type { Command } from '../settings/command.ts';
import type { MigrationsPolicy } from '../settings/entrypoint-settings.ts';
import type { KongConfiguration } from '../settings/kong-configuration.ts';
import type { StartSettings } from '../settings/read-settings.ts';
import { childEnvironment } from './child-environment.ts';
import { type KongDatabase, openKongDatabase } from './kong-database.ts';
import type { KongProgram } from './kong-migrations.ts';
import { type LockedSchema, withLockedSchema } from './locked-schema.ts';
import { migrateByCommand, migrateByPolicy } from './migrate.ts';
import { policyOf } from './policy.ts';
import { prepareDatabase } from './provision-database.ts';
import { describeState } from './schema-state.ts';
import { withUncheckedSchema } from './unchecked-schema.ts';
import { waitForSchema } from './wait-for-schema.ts';
import { isRememberedReady } from './warm-start.ts';

/** What a start knows before it connects to the database. */
export type MigrationsInput = {
  readonly command: Exclude<Command, { kind: 'other' }>;
  readonly environment: Readonly<Record<string, string>>;
  readonly files: KongConfiguration['files'];
  readonly settings: StartSettings;
  readonly dereferencer: Dereferencer;
  /** The bound on all waiting, which a running migration is not. */
  readonly waiting: WaitingLimit;
  readonly world: World;
};

type RunningPolicy = Exclude<MigrationsPolicy, 'off'>;

/** What this start may do to Kong's schema. */
export type Migrations = {
  /** The path of the `kong` program that runs them. */
  readonly kong: string;
  /** Brings the schema to where the policy says. */
  bring(policy: RunningPolicy): Promise<void>;
  /** Runs the step that is the container's command, and proves that it is done. */
  runStep(command: Extract<Command, { kind: 'migrations' }>): Promise<undefined>;
  /** The environment for a command of Kong that reads the database: needed references as values, the others blanked. */
  environmentWithValues(): Promise<Readonly<Record<string, string>>>;
};

export function openMigrations(input: MigrationsInput): Migrations {
  const { dereferencer, settings, world } = input;
  const program = findKong(input);
  const database = reachDatabase(input);
  const named = <T>(action: () => Promise<T>): Promise<T> => namingOrigins(dereferencer.known, action);
  const prepare = (): Promise<void> => prepareDatabase(database, { ...settings, dereferencer, ...world });
  return {
    kong: program.path,
    bring: (policy) =>
      named(async () => {
        await (policy === 'wait' ? database.fetchSettings() : prepare());
        await world.phases.measure('database', () =>
          policy === 'wait' ? waitForSchema(program, database) : bringByPolicy(program, database, policy),
        );
      }),
    runStep: ({ step, arguments: args }) =>
      named(async () => {
        await prepare();
        await withSchema(program, database, (schema) => migrateByCommand(step, args, schema, world.log));
        return undefined;
      }),
    environmentWithValues: () =>
      named(async () => {
        const known = await dereferencer.fetch(['connection', 'child']);
        return childEnvironment(known.onlyFor(['connection', 'child']), input).variables;
      }),
  };
}

/** The Kong of this start. Throws ProgramNotFoundError where there is none. */
export function findKong({ command, world, ...input }: MigrationsInput): KongProgram {
  const path = findProgram(command.words[0], { path: input.environment['PATH'], self: world.self });
  return { ...input, path, conf: command.conf, world };
}

/** How this start reaches Kong's database. */
export function reachDatabase({ command, settings, waiting, world, ...input }: MigrationsInput): KongDatabase {
  const isPatient = policyOf(command, settings.migrations) === 'wait';
  const limit = isPatient ? settings.timeout || Number.POSITIVE_INFINITY : settings.databaseTimeout;
  return openKongDatabase({ ...input, isPatient, limit, signal: waiting.signal, log: world.log });
}

async function bringByPolicy(
  program: KongProgram,
  database: KongDatabase,
  policy: Exclude<RunningPolicy, 'wait'>,
): Promise<void> {
  const started = performance.now();
  const { log } = database;
  const took = (): string => printDuration(performance.now() - started);
  await withSchema(
    program,
    database,
    async (schema) => {
      const state = await migrateByPolicy(policy, schema, log);
      log.info(`schema ready (${describeState(state)}) in ${took()}`);
    },
    () => log.info(`schema ready (remembered; --fast-path off asks Kong) in ${took()}`),
  );
}

/**
 * Runs the action while the lock is held. Where the schema is remembered as ready, `ready` is called instead. That is checked before the
 * lock is taken and once more after it, since its last holder may just have done the work.
 */
async function withSchema(
  program: KongProgram,
  kongDatabase: KongDatabase,
  action: (schema: LockedSchema) => Promise<void>,
  ready?: () => void,
): Promise<void> {
  if (kongDatabase.hasTokenOfItsOwn()) return withUncheckedSchema(program, kongDatabase, action);
  const database = await kongDatabase.open();
  const { schema } = kongDatabase.settings();
  const isReady = async (): Promise<boolean> =>
    ready !== undefined && (await isRememberedReady(program, database, schema));
  try {
    if (await isReady()) return ready?.();
    await withLockedSchema(program, kongDatabase, database, async (locked) =>
      (await isReady()) ? ready?.() : action(locked),
    );
  } finally {
    await database.close();
  }
}
