import { findProgram } from '../process/executable.ts';
import type { WaitingLimit } from '../process/stop.ts';
import type { World } from '../process/world.ts';
import type { Dereferencer, Dereferencers } from '../references/dereferencer.ts';
import { namingOrigins } from '../references/name-origin.ts';
import type { Command } from '../settings/command.ts';
import type { KongConfiguration } from '../settings/kong-configuration.ts';
import type { StartSettings } from '../settings/read-settings.ts';
import { type KongDatabase, openKongDatabase } from './kong-database.ts';
import type { KongProgram } from './kong-migrations.ts';
import { policyOf } from './policy.ts';

/** What a start knows before it connects to the database. */
export type MigrationsInput = {
  readonly command: Exclude<Command, { kind: 'other' }>;
  readonly environment: Readonly<Record<string, string>>;
  readonly files: KongConfiguration['files'];
  readonly settings: StartSettings;
  readonly dereferencers: Dereferencers;
  /** The bound on all waiting, which a running migration is not. */
  readonly waiting: WaitingLimit;
  readonly world: World;
};

/** A role at work: its Kong, its way to the database, and how an error names its settings. */
export type ActingRole = {
  readonly dereferencer: Dereferencer;
  readonly program: KongProgram;
  readonly database: KongDatabase;
  /** Runs the action, and makes its errors name the settings of this role. */
  named<T>(action: () => Promise<T>): Promise<T>;
};

/** The role whose dereferencer this is. Throws ProgramNotFoundError where there is no Kong. */
export function actAs(dereferencer: Dereferencer, input: MigrationsInput): ActingRole {
  return {
    dereferencer,
    program: findKong(dereferencer, input),
    database: reachDatabase(dereferencer, input),
    named: (action) => namingOrigins(dereferencer.known, action),
  };
}

/** The Kong of this start. Throws ProgramNotFoundError where there is none. */
export function findKong(dereferencer: Dereferencer, { command, world, ...input }: MigrationsInput): KongProgram {
  const path = findProgram(command.words[0], { path: input.environment['PATH'], self: world.self });
  return { ...input, dereferencer, path, conf: command.conf, world };
}

/** How this start reaches Kong's database. */
export function reachDatabase(
  dereferencer: Dereferencer,
  { command, settings, waiting, world, ...input }: MigrationsInput,
): KongDatabase {
  const isPatient = policyOf(command, settings.migrations) === 'wait';
  const limit = isPatient ? settings.timeout || Number.POSITIVE_INFINITY : settings.databaseTimeout;
  return openKongDatabase({ ...input, dereferencer, isPatient, limit, signal: waiting.signal, log: world.log });
}
