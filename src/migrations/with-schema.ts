import { printDuration } from '../process/wait.ts';
import type { MigrationsPolicy } from '../settings/entrypoint-settings.ts';
import type { KongDatabase } from './kong-database.ts';
import type { KongProgram } from './kong-migrations.ts';
import { type LockedSchema, withLockedSchema } from './locked-schema.ts';
import { migrateByPolicy } from './migrate.ts';
import { describeState } from './schema-state.ts';
import { withUncheckedSchema } from './unchecked-schema.ts';
import { isRememberedReady } from './warm-start.ts';

/** The line of a start that found the schema remembered as ready. */
export function tellRemembered({ log }: KongDatabase, started: number): void {
  const took = printDuration(performance.now() - started);
  log.info(`schema ready (remembered; --fast-path off asks Kong) in ${took}`);
}

/** Brings the schema to where the policy says, or finds that it is remembered as being there. */
export async function bringByPolicy(
  program: KongProgram,
  database: KongDatabase,
  policy: Exclude<MigrationsPolicy, 'off' | 'wait'>,
): Promise<void> {
  const started = performance.now();
  const { log } = database;
  await withSchema(
    program,
    database,
    async (schema) => {
      const state = await migrateByPolicy(policy, schema, log);
      log.info(`schema ready (${describeState(state)}) in ${printDuration(performance.now() - started)}`);
    },
    () => tellRemembered(database, started),
  );
}

/**
 * Runs the action while the lock is held. Where the schema is remembered as ready, `ready` is called instead. That is checked before the
 * lock is taken and once more after it, since its last holder may just have done the work. Where another role than Kong's migrates, its
 * grants are due then as well, under the lock.
 */
export async function withSchema(
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
    if (program.roles === undefined && (await isReady())) return ready?.();
    await withLockedSchema(program, kongDatabase, database, async (locked) => {
      if (!(await isReady())) return action(locked);
      await locked.grantRights();
      ready?.();
    });
  } finally {
    await database.close();
  }
}
