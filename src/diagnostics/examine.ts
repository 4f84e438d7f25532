import type { Given } from '../cli/command-line.ts';
import { EntrypointError, ProgramNotFoundError } from '../errors.ts';
import { findTarget, type Target } from '../handover/target.ts';
import { policyOf } from '../migrations/policy.ts';
import type { World } from '../process/world.ts';
import { type KnownSettings, knowSettings } from '../references/known-settings.ts';
import type { Command } from '../settings/command.ts';
import type { MigrationsPolicy } from '../settings/entrypoint-settings.ts';
import { type KongConfiguration, runsWithoutDatabase } from '../settings/kong-configuration.ts';
import type { StartSettings } from '../settings/read-settings.ts';
import { examineSettings } from '../settings/read-settings.ts';

/** A start as far as it can be known without asking anybody. */
export type Examined = {
  readonly command: Command;
  readonly environment: Readonly<Record<string, string>>;
  readonly settings: StartSettings;
  /** Undefined for a program that is executed at once. */
  readonly configuration: KongConfiguration | undefined;
  /** Kong's settings, and those that provision and migrate; none for a start that prepares nothing. */
  readonly known: KnownSettings;
  readonly policy: MigrationsPolicy;
  /** Whether the start has anything to do before it becomes the program. */
  readonly prepares: boolean;
  readonly target: Target | undefined;
  readonly problems: readonly EntrypointError[];
};

/** Reads what a start would read, and collects what is wrong with it. */
export function examine({ commandLine, snapshot }: Given, world: World): Examined {
  const environment = snapshot.variables;
  const kongVersion = environment['KONG_VERSION'];
  const read = examineSettings({ ...commandLine, ...world, snapshot });
  const { command, settings, configuration } = read;
  const problems: EntrypointError[] = [...read.problems];
  const target = targetOf(
    command,
    () => findTarget(command, { environment, configuration, settings, self: world.self }),
    problems,
  );
  const prepares = configuration !== undefined && !runsWithoutDatabase(configuration);
  return {
    command,
    environment,
    settings,
    configuration,
    known: knowSettings({
      ...(prepares ? configuration : { settings: new Map(), kongVersion }),
      admin: settings.admin,
      migrator: settings.migrator,
    }),
    policy: policyOf(command, settings.migrations),
    prepares,
    target,
    problems,
  };
}

/**
 * What the command becomes. On a laptop there may be no Kong at all, which says nothing about the container: then there is no target, and
 * that is not a problem of the start.
 */
function targetOf(command: Command, find: () => Target, problems: EntrypointError[]): Target | undefined {
  try {
    const target = find();
    return command.kind === 'migrations' || command.kind === 'wait' ? undefined : target;
  } catch (error) {
    if (!(error instanceof EntrypointError)) throw error;
    if (command.kind === 'other' || !(error instanceof ProgramNotFoundError)) problems.push(error);
    return undefined;
  }
}
