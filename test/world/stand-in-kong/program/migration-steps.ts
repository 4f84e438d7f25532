import { setTimeout as sleep } from 'node:timers/promises';
import type { Migration } from '../knobs.ts';
import { appendEvent, type StepPhase } from '../record.ts';
import type { Connection } from './database.ts';
import type { Faults } from './faults.ts';
import { KongError, type Output } from './output.ts';
import type { Subsystem } from './schema-state.ts';

/** What running steps needs of the invocation around it. */
export type StepWorld = {
  readonly connection: Connection;
  readonly output: Output;
  readonly faults: Faults;
  readonly folder: string;
  readonly run: string;
  readonly databaseName: string;
  readonly stepMilliseconds: number;
};

/** What to run of each migration: `bootstrap` both, `up` the first, `finish` the second. */
export type Phases = { readonly up: boolean; readonly teardown: boolean };

/** Runs the steps one by one, each recorded in schema_meta after its SQL: a kill in between leaves the two apart. */
export async function runMigrations(subsystems: readonly Subsystem[], phases: Phases, world: StepWorld): Promise<void> {
  let [processed, pending] = [0, 0];
  for (const { subsystem, migrations } of subsystems) {
    world.output.say(`migrating ${subsystem} on database '${world.databaseName}'...`);
    for (const migration of migrations) {
      const left = await runMigration(migration, phases, world);
      world.output.say(`${subsystem} migrated up to: ${migration.name} (${left ? 'pending' : 'executed'})`);
      processed += 1;
      pending += left ? 1 : 0;
    }
  }
  world.output.say(`${processed} ${processed === 1 ? 'migration' : 'migrations'} processed`);
  if (processed > pending) world.output.say(`${processed - pending} executed`);
  if (pending > 0) world.output.say(`${pending} pending`);
}

/** True when its teardown is left for `finish`. */
async function runMigration(migration: Migration, phases: Phases, world: StepWorld): Promise<boolean> {
  const { teardown } = migration;
  if (phases.up) {
    await runStep(migration, 'up', migration.up + world.faults.slowStatement(migration.name), world);
    await recordMigration(migration, teardown === undefined ? 'executed' : 'pending', world);
    await completeStep(migration, 'up', world);
  }
  if (!phases.teardown || teardown === undefined) return teardown !== undefined;
  await runStep(migration, 'teardown', teardown, world);
  await recordMigration(migration, 'teardown', world);
  await completeStep(migration, 'teardown', world);
  return false;
}

async function runStep({ subsystem, name }: Migration, phase: StepPhase, sql: string, world: StepWorld): Promise<void> {
  appendEvent(world.folder, { event: 'step', run: world.run, subsystem, name, phase, completed: false });
  await sleep(world.stepMilliseconds / 2);
  await world.connection.query(sql).catch((error: Error) => {
    throw new KongError(`failed to run migration '${name}' ${phase}: ${error.message}`);
  });
  await sleep(world.stepMilliseconds / 2);
}

async function completeStep({ subsystem, name }: Migration, phase: StepPhase, world: StepWorld): Promise<void> {
  appendEvent(world.folder, { event: 'step', run: world.run, subsystem, name, phase, completed: true });
  await world.faults.afterStep();
}

const RECORDS = {
  executed: `INSERT INTO schema_meta (key, subsystem, last_executed, executed) VALUES ('schema_meta', $1, $2, ARRAY[$2])
    ON CONFLICT (key, subsystem) DO UPDATE SET last_executed = EXCLUDED.last_executed,
      executed = array_append(coalesce(schema_meta.executed, '{}'), $2)`,
  pending: `INSERT INTO schema_meta (key, subsystem, pending) VALUES ('schema_meta', $1, ARRAY[$2])
    ON CONFLICT (key, subsystem) DO UPDATE SET pending = array_append(coalesce(schema_meta.pending, '{}'), $2)`,
  teardown: `UPDATE schema_meta SET last_executed = $2, executed = array_append(coalesce(executed, '{}'), $2),
      pending = array_remove(coalesce(pending, '{}'), $2)
    WHERE key = 'schema_meta' AND subsystem = $1`,
};

async function recordMigration(migration: Migration, as: keyof typeof RECORDS, world: StepWorld): Promise<void> {
  await world.connection.query(RECORDS[as].replaceAll('$2', '$2::text'), [migration.subsystem, migration.name]);
}
