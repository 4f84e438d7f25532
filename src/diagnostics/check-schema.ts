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
import { AccessRefusedError, ChildFailedError, UnavailableError } from '../errors.ts';
import type { Log } from '../log.ts';
import { type KongProgram, openKongMigrations } from '../migrations/kong-migrations.ts';
import { stopFor } from '../migrations/migrate.ts';
import { decide } from '../migrations/policy.ts';
import { withPrivatePrefix } from '../migrations/private-prefix.ts';
import { describeState, notBootstrapped, type SchemaState } from '../migrations/schema-state.ts';
import type { KnownSettings } from '../references/known-settings.ts';
import { namingOrigins } from '../references/name-origin.ts';
import type { Command, MigrationsStep } from '../settings/command.ts';
import type { MigrationsPolicy } from '../settings/entrypoint-settings.ts';
import { isKongBefore } from '../settings/kong-version.ts';
import type { LoggedIn } from './check-database.ts';
import type { Checklist } from './check-report.ts';

export type SchemaCheck = {
  readonly command: Command;
  readonly policy: MigrationsPolicy;
  readonly known: KnownSettings;
  /** Undefined where there is no Kong, as on a laptop. */
  readonly program: KongProgram | undefined;
  readonly log: Log;
};

/** Checks Kong's schema: the rights of the role, the lock, the state, and what a start would do. Returns warnings. */
export async function checkSchema(
  given: SchemaCheck,
  { database, isReadOnly }: LoggedIn,
  list: Checklist,
): Promise<string[]> {
  const { known } = given;
  const facts = await readSchemaFacts(database, known.typed.pg_schema);
  let mayCreate = false;
  const isReadable = await list.look('rights', () =>
    namingOrigins(known, async () => {
      assertReadable(facts);
      mayCreate = (await readTableRights(database, undefined, [facts.schema]))?.mayCreate === true;
      return `${mayCreate ? 'may' : 'may not'} create tables in schema ${facts.schema}`;
    }),
  );
  await list.look('lock', () => describeLock(database, facts));
  if (!isReadable) {
    list.skip('migrations', 'Kong could not read its tables either');
    return [];
  }
  if (facts.isBootstrapped && given.program === undefined)
    list.skip('migrations', 'kong is not on this machine, and only Kong can tell what is new');
  else
    await list.look('migrations', () =>
      namingOrigins(known, async () => {
        const outlook = await foresee(given, database, facts);
        if (outlook.writes && isReadOnly) throw readOnly(outlook.detail);
        if (outlook.creates && !mayCreate) throw lacksRight(outlook.detail, facts.schema);
        return outlook.detail;
      }),
    );
  return olderThanSchema(facts.isBootstrapped ? await readExecuted(database, facts) : [], known.kongVersion);
}

function readOnly(detail: string): AccessRefusedError {
  return new AccessRefusedError(`${detail}, and the server is read-only`, {
    settingKey: 'pg_host',
    hint: 'give the writer endpoint of the database, not a reader',
  });
}

/** `kong migrations` fails then, and its exit code is that of the start. */
function lacksRight(detail: string, schema: string): ChildFailedError {
  return new ChildFailedError(`${detail}, and this role may not create tables in schema ${schema}`, {
    exitCode: 1,
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

/** What a start would do, and what it needs for that. */
type Outlook = { readonly detail: string; readonly writes: boolean; readonly creates: boolean };

/** What a start would do with Kong's answer, by the policy or the command. Throws the error that the start would end with. */
async function foresee(
  { command, policy, known, program, log }: SchemaCheck,
  database: Database,
  facts: SchemaFacts,
): Promise<Outlook> {
  const state = await readState(program, facts);
  const interrupted = await openMemory(database, facts, log).wasInterrupted(known.kongVersion ?? 'unknown');
  const said = describeState(state);
  if (command.kind === 'migrations' && !interrupted) return foreseeStep(command.step, state);
  const action = decide({
    state,
    policy: command.kind === 'start' && policy !== 'off' ? policy : 'bootstrap',
    interrupted,
  });
  if (action.kind === 'stop') throw stopFor(action.because, state);
  if (action.kind === 'poll') throw nobodyMigrates(said);
  if (action.kind === 'hand over') return { detail: `${said}: a start would hand over`, writes: false, creates: false };
  const detail = `${said}: a start runs kong migrations ${action.step}`;
  return { detail, writes: true, creates: action.step !== 'finish' };
}

/** As a start has it: a schema without a table of Kong's needs a bootstrap, which takes no Kong to tell. */
async function readState(program: KongProgram | undefined, { isBootstrapped }: SchemaFacts): Promise<SchemaState> {
  if (!isBootstrapped || program === undefined) return notBootstrapped;
  return withPrivatePrefix((prefix) => openKongMigrations(program, prefix).readState());
}

function nobodyMigrates(said: string): UnavailableError {
  return new UnavailableError(`${said}: the policy wait leaves this to another container, and a start waits for it`, {
    subject: 'KONG_ENTRYPOINT_MIGRATIONS',
    hint: 'run the migrations where they belong, such as a task of its own with --migrations up',
  });
}

/** What the one step of a command would lead to. */
function foreseeStep(step: MigrationsStep, state: SchemaState): Outlook {
  const said = describeState(state);
  const { needsBootstrap, hasNew, hasPending } = state;
  const exitCode = exitCodeAfter(step, state);
  if (exitCode === 0) {
    const creates = step === 'bootstrap' ? needsBootstrap : step === 'up' && hasNew;
    return { detail: `${said}: kong migrations ${step} is the right step`, writes: true, creates };
  }
  throw new ChildFailedError(`kong migrations ${step} is not the step for a schema that has: ${said}`, {
    exitCode,
    hint: needsBootstrap
      ? 'run kong migrations bootstrap'
      : hasPending && step !== 'finish'
        ? 'run kong migrations finish'
        : 'run kong migrations up',
  });
}

/** 1 where Kong itself refuses the step, 78 where the step ends well and leaves something new. */
function exitCodeAfter(step: MigrationsStep, { needsBootstrap, hasNew, hasPending }: SchemaState): number {
  if (needsBootstrap) return step === 'bootstrap' ? 0 : 1;
  if (step === 'up') return hasPending ? 1 : 0;
  return hasNew ? 78 : 0;
}

/** `023_360_to_370` was brought by Kong 3.7: an older Kong on such a schema is somebody's rollback. */
function olderThanSchema(executed: readonly ExecutedMigrations[], kongVersion: string | undefined): string[] {
  const core = executed.find(({ subsystem }) => subsystem === 'core');
  const [, major, minor] = /_to_(\d)(\d+)0$/.exec(core?.lastExecuted ?? '') ?? [];
  if (major === undefined || minor === undefined) return [];
  if (!isKongBefore(kongVersion, Number(major), Number(minor))) return [];
  return [`the schema was migrated for Kong ${major}.${minor}, and this is ${kongVersion}`];
}
