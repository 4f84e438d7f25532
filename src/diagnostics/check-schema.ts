import type { Database } from '../database/available/database.ts';
import { GRANT_CREATE } from '../database/available/fault-sentences.ts';
import { lockKey } from '../database/lock/advisory-lock.ts';
import { openMemory } from '../database/memory/memory.ts';
import {
  assertReadable,
  type ExecutedMigrations,
  readExecuted,
  readSchemaFacts,
  type SchemaFacts,
} from '../database/memory/schema.ts';
import { readTableRights } from '../database/provisioning/facts.ts';
import { AccessRefusedError, ChildFailedError } from '../errors.ts';
import type { Log } from '../log.ts';
import { type KongProgram, openKongMigrations } from '../migrations/kong-migrations.ts';
import { stopFor } from '../migrations/migrate.ts';
import { decide } from '../migrations/policy.ts';
import { withPrivatePrefix } from '../migrations/private-prefix.ts';
import { describeState, type SchemaState } from '../migrations/schema-state.ts';
import type { KnownSettings } from '../references/known-settings.ts';
import { namingOrigins } from '../references/name-origin.ts';
import type { Command, MigrationsStep } from '../settings/command.ts';
import type { MigrationsPolicy } from '../settings/entrypoint-settings.ts';
import { isKongBefore } from '../settings/kong-version.ts';
import type { Checklist } from './check-report.ts';

export type SchemaCheck = {
  readonly command: Command;
  readonly policy: MigrationsPolicy;
  readonly known: KnownSettings;
  /** Undefined where there is no Kong, as on a laptop. */
  readonly program: KongProgram | undefined;
  readonly log: Log;
};

/** Looks at Kong's schema: may this role work in it, is the lock free, and what does Kong itself say of it. Returns warnings. */
export async function checkSchema(given: SchemaCheck, database: Database, list: Checklist): Promise<string[]> {
  const { known, program } = given;
  const facts = await readSchemaFacts(database, known.typed.pg_schema);
  await list.look('rights', () => namingOrigins(known, () => checkRights(database, facts)));
  await list.look('lock', () => describeLock(database, facts));
  const executed = facts.isBootstrapped && facts.isReadable ? await readExecuted(database, facts) : [];
  if (program === undefined) list.skip('migrations', 'kong is not on this machine, and only Kong can tell what is new');
  else await list.look('migrations', () => askKong(given, program, database, facts));
  return olderThanSchema(executed, known.kongVersion);
}

async function checkRights(database: Database, facts: SchemaFacts): Promise<string> {
  assertReadable(facts);
  const rights = await readTableRights(database, undefined, [facts.schema]);
  if (rights?.mayCreate === true) return `may create tables in schema ${facts.schema}`;
  throw new AccessRefusedError(`this role may not create tables in schema ${facts.schema}`, {
    settingKey: 'pg_user',
    hint: GRANT_CREATE,
  });
}

async function describeLock({ query }: Database, { schema }: SchemaFacts): Promise<string> {
  const [row] = await query<{ readonly free: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS free', [
    lockKey(schema).toString(),
  ]);
  return row?.free === true ? 'free' : 'held by another starter, which a start would wait for';
}

/** Kong's own answer, and what the policy makes of it. */
async function askKong(
  { command, policy, known, log }: SchemaCheck,
  program: KongProgram,
  database: Database,
  facts: SchemaFacts,
): Promise<string> {
  const state = await withPrivatePrefix((prefix) => openKongMigrations(program, prefix).readState());
  if (command.kind === 'migrations') return outcomeOf(command.step, state);
  if (policy === 'off') return describeState(state);
  const interrupted = await openMemory(database, facts, log).wasInterrupted(known.kongVersion ?? 'unknown');
  const action = decide({ state, policy, interrupted });
  if (action.kind === 'stop') throw stopFor(action.because);
  const next = action.kind === 'run' ? `a start runs kong migrations ${action.step}` : `a start would ${action.kind}`;
  return `${describeState(state)}: ${next}`;
}

/** What the one step of a command would come to. */
function outcomeOf(step: MigrationsStep, state: SchemaState): string {
  const said = describeState(state);
  const refuses =
    step === 'bootstrap' ? state.hasNew : state.needsBootstrap || (step === 'up' && state.hasNew && state.hasPending);
  if (!refuses) return `${said}: kong migrations ${step} is the right step`;
  throw new ChildFailedError(`kong migrations ${step} is not the step for a schema that has: ${said}`, {
    exitCode: step === 'bootstrap' ? 78 : 1,
    hint: state.needsBootstrap
      ? 'run kong migrations bootstrap'
      : state.hasPending
        ? 'run kong migrations finish'
        : 'run kong migrations up',
  });
}

/** `023_360_to_370` was brought by Kong 3.7: an older Kong on such a schema is somebody's rollback. */
function olderThanSchema(executed: readonly ExecutedMigrations[], kongVersion: string | undefined): string[] {
  const core = executed.find(({ subsystem }) => subsystem === 'core');
  const [, major, minor] = /_to_(\d)(\d+)0$/.exec(core?.lastExecuted ?? '') ?? [];
  if (major === undefined || minor === undefined) return [];
  if (!isKongBefore(kongVersion, Number(major), Number(minor))) return [];
  return [`the schema was migrated for Kong ${major}.${minor}, and this is ${kongVersion}`];
}
