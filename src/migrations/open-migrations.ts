import type { MigrationsPolicy } from '../settings/entrypoint-settings.ts';
import { type ActingRole, actAs, type MigrationsInput } from './acting-roles.ts';
import { childEnvironment } from './child-environment.ts';
import type { KongProgram } from './kong-migrations.ts';
import { migrateByCommand } from './migrate.ts';
import { prepareDatabase } from './provision-database.ts';
import { isReadyForKong } from './ready-for-kong.ts';
import { hasMigrator, readSchemaRoles } from './schema-roles.ts';
import { waitForSchema } from './wait-for-schema.ts';
import { bringByPolicy, tellRemembered, withSchema } from './with-schema.ts';

type Variables = Readonly<Record<string, string>>;

/** What this start may do to Kong's schema. */
export type Migrations = {
  /** The path of the `kong` program that runs them. */
  readonly kong: string;
  /** Brings the schema to where the policy says. */
  bring(policy: MigrationsPolicy): Promise<void>;
  /** Waits until somebody else has brought it there. */
  waitOnly(): Promise<undefined>;
  /** Runs the step that is the container's command, and proves that it is done. */
  runStep(command: Extract<MigrationsInput['command'], { kind: 'migrations' }>): Promise<undefined>;
  /** The environment for a command of Kong that reads the database: needed references as values, the others blanked. */
  environmentWithValues(): Promise<Variables>;
};

/** The role that migrates does so, which is Kong's own unless there is another. Kong's own looks, waits, and runs all else. */
export function openMigrations(input: MigrationsInput): Migrations {
  const { command, dereferencers, settings, world } = input;
  const kong = actAs(dereferencers.kong, input);
  const migrator = actAs(dereferencers.migrator, input);

  async function prepare(): Promise<KongProgram> {
    await prepareDatabase({ kong, migrator }, { ...settings, ...world });
    return { ...migrator.program, roles: await readSchemaRoles(dereferencers) };
  }

  /** Looked at by Kong's own role: the secret of the one that migrates is not needed then. */
  async function isReady(): Promise<boolean> {
    if (!hasMigrator(dereferencers) || settings.fastPath === 'off') return false;
    await kong.database.fetchSettings();
    const started = performance.now();
    const isThere = await isReadyForKong(kong.program, kong.database, settings.provision !== 'off');
    if (isThere) tellRemembered(kong.database, started);
    return isThere;
  }

  async function bring(policy: MigrationsPolicy): Promise<void> {
    if (policy === 'off') return;
    const measured = <T>(action: () => Promise<T>): Promise<T> => world.phases.measure('database', action);
    if (policy === 'wait') {
      return kong.named(async () => {
        await kong.database.fetchSettings();
        await measured(() => waitForSchema(kong.program, kong.database));
      });
    }
    if (await kong.named(() => measured(isReady))) return;
    await migrator.named(async () => {
      const program = await prepare();
      await measured(() => bringByPolicy(program, migrator.database, policy));
    });
  }

  return {
    kong: kong.program.path,
    bring,
    async waitOnly() {
      await bring('wait');
      return undefined;
    },
    runStep: ({ step, arguments: args }) =>
      migrator.named(async () => {
        const program = await prepare();
        await withSchema(program, migrator.database, (schema) => migrateByCommand(step, args, schema, world.log));
        return undefined;
      }),
    environmentWithValues() {
      const role = command.kind === 'values' && command.migrates ? migrator : kong;
      return role.named(() => environmentFor(role, input));
    },
  };
}

async function environmentFor({ dereferencer }: ActingRole, input: MigrationsInput): Promise<Variables> {
  const steps = ['connection', dereferencer.known.login, 'child'] as const;
  const known = await dereferencer.fetch(steps);
  return childEnvironment(known.onlyFor(steps), input).variables;
}
