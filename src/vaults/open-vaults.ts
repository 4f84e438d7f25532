import type { Log } from '../log.ts';
import type { Phases } from '../process/phases.ts';
import { type FoundReference, findReferences } from '../references/find-references.ts';
import { createNeededValues, type NeededValues } from '../references/needed-values.ts';
import type { KongConfiguration } from '../settings/kong-configuration.ts';
import { typeSettings } from '../settings/kong-settings.ts';
import type { StartSettings } from '../settings/start-settings.ts';
import { createSecretSource } from './secret-source.ts';

export type OpenVaultsInput = {
  readonly configuration: KongConfiguration;
  readonly environment: Readonly<Record<string, string>>;
  readonly settings: StartSettings;
  readonly log: Log;
  readonly phases: Phases;
  /** Aborted when the start is stopped or its time is up. */
  readonly signal: AbortSignal;
};

/** The references that Kong's settings hold, and the vaults that they name. Nothing is asked, and no SDK loaded, before a value is. */
export type Vaults = {
  readonly references: readonly FoundReference[];
  /** The same, then those of the settings that provision. */
  readonly all: readonly FoundReference[];
  /** The values of all of them, asked for when they are needed and kept for this start. */
  readonly needed: NeededValues;
  /** Asks the vaults that were read from what of the access to them runs out. Throws what asking comes to. */
  askWhatRunsOut(): Promise<readonly string[]>;
  /** Gives back what the vaults have given, such as a token of ours. Never throws; takes 2 s at most. */
  [Symbol.asyncDispose](): Promise<void>;
};

export function openVaults(input: OpenVaultsInput): Vaults {
  const { configuration, environment, settings, log, phases, signal } = input;
  const { unset } = configuration;
  const kongVersion = environment['KONG_VERSION'];
  const references = findReferences(configuration.settings);
  const source = createSecretSource({ settings: configuration.settings, unset, world: { environment, log, signal } });
  const kongDereferences = settings.handover === 'references';
  const options = { source, kongVersion, kongDereferences, signal, log, phases };
  const typed = typeSettings(configuration.settings, { kongVersion, unset });
  const all = [...references, ...findReferences(settings.admin)];
  return {
    references,
    all,
    needed: createNeededValues(all, typed, options),
    askWhatRunsOut: () => source.askWhatRunsOut(),
    [Symbol.asyncDispose]: () => source.close(),
  };
}
