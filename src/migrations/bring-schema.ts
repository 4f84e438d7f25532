import type { Command } from '../cli/command.ts';
import { type ConnectionSettings, readConnectionSettings } from '../database/connection-settings.ts';
import { waitForDatabase } from '../database/wait-for-database.ts';
import { findProgram } from '../process/executable.ts';
import { printDuration } from '../process/wait.ts';
import type { World } from '../process/world.ts';
import type { NeededValues } from '../references/needed-values.ts';
import type { Secret } from '../secret.ts';
import type { EntrypointSettings, MigrationsPolicy } from '../settings/entrypoint-settings.ts';
import type { KongConfiguration } from '../settings/kong-configuration.ts';
import { buildChildEnvironment, type ChildEnvironment } from './child-environment.ts';
import { createKongMigrations, type KongMigrations } from './kong-migrations.ts';
import { migrateByCommand, migrateByPolicy } from './migrate.ts';
import { withPrivatePrefix } from './private-prefix.ts';
import { describeState } from './schema-state.ts';

export type SchemaInput = {
  readonly command: Exclude<Command, { kind: 'other' }>;
  readonly environment: Readonly<Record<string, string>>;
  readonly configuration: KongConfiguration;
  readonly settings: EntrypointSettings;
  readonly needed: NeededValues;
  /** Aborted when the start is stopped or its time is up. */
  readonly signal: AbortSignal;
  readonly world: World;
};

type Work = SchemaInput & { readonly kong: string; readonly kongVersion: string | undefined };
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

export function openSchema(input: SchemaInput): Schema {
  const { command, environment, world } = input;
  const kong = findProgram(command.words[0], { path: environment['PATH'], self: world.self });
  const work: Work = { ...input, kong, kongVersion: environment['KONG_VERSION'] };
  return {
    kong,
    bring: (policy) =>
      withKongMigrations(work, (migrations, database) => bringByPolicy(work, policy, migrations, database)),
    async runStep({ step, arguments: args }) {
      await withKongMigrations(work, (migrations) =>
        migrateByCommand(step, args, { kong: migrations, log: world.log }),
      );
    },
    async environmentWithValues() {
      await input.needed.fetch(['connection', 'child']);
      return childEnvironment(work, undefined).variables;
    },
  };
}

/** `kong start --run-migrations` asks for at least `up`. */
export function policyFor(policy: MigrationsPolicy, runsMigrations: boolean): MigrationsPolicy {
  return runsMigrations && policy !== 'finish' ? 'up' : policy;
}

/** Dereferences what the database needs, waits for it, and gives the action `kong migrations` in a private prefix. */
async function withKongMigrations(
  work: Work,
  action: (migrations: KongMigrations, database: string) => Promise<void>,
): Promise<void> {
  await work.needed.fetch(['connection', 'child']);
  const database = nameSchema(await reachDatabase(work));
  await withPrivatePrefix((prefix) => action(openKongMigrations(work, prefix), database));
}

async function bringByPolicy(work: Work, policy: RunningPolicy, kong: KongMigrations, database: string): Promise<void> {
  const started = performance.now();
  const { log } = work.world;
  const state = await migrateByPolicy({ kong, policy, database, log });
  log.info(`schema ready (${describeState(state)}) in ${printDuration(performance.now() - started)}`);
}

function nameSchema({ schema, database, host, port }: ConnectionSettings): string {
  return `${schema === undefined ? '' : `schema ${schema} of `}database ${database} at ${host}:${port}`;
}

/** Waits until PostgreSQL lets us in. Where Kong authenticates by a token of its own, `kong migrations` decides. */
async function reachDatabase(work: Work): Promise<ConnectionSettings> {
  const { needed, signal, world } = work;
  const settings = connectionSettings(work);
  if (settings.authenticatesByToken) {
    world.log.info(
      'the login to PostgreSQL is by a token, which kong migrations gets by itself; the database is not checked before',
    );
    return settings;
  }
  async function refresh(): Promise<ConnectionSettings> {
    await needed.fetch(['connection']);
    return connectionSettings(work);
  }
  const connected = await waitForDatabase({
    settings,
    password: async (current) => current.password,
    refresh: needed.has('connection') ? refresh : undefined,
    limit: work.settings.databaseTimeout,
    signal,
    log: world.log,
  });
  await connected.client.end();
  return connected.settings;
}

function openKongMigrations(work: Work, prefix: string): KongMigrations {
  const { needed, settings, kong, kongVersion, command, world } = work;
  return createKongMigrations({
    kong,
    kongVersion,
    conf: command.conf,
    stop: world.stop,
    log: world.log,
    write: world.write,
    grace: settings.grace,
    timeLimit: settings.migrationsTimeout,
    secrets: () => secretsOf(work),
    async environmentFor(purpose) {
      if (purpose === 'bootstrap') await needed.fetchMissing(['bootstrap']);
      return childEnvironment(work, prefix);
    },
  });
}

function childEnvironment(work: Work, prefix: string | undefined): ChildEnvironment {
  const { environment, configuration, needed } = work;
  const keepCredentials = connectionSettings(work).authenticatesByToken;
  return buildChildEnvironment({ environment, configuration, values: needed.values(), prefix, keepCredentials });
}

function connectionSettings({ configuration, needed, kongVersion }: Work): ConnectionSettings {
  return readConnectionSettings(configuration, needed.values(), kongVersion);
}

/** What must not appear in the output: every value but those that only say where the database is. */
function secretsOf(work: Work): Secret[] {
  const { password } = connectionSettings(work);
  return [...work.needed.secretValues(), ...(password === undefined ? [] : [password])];
}
