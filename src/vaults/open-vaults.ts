import type { Log } from '../log.ts';
import type { Phases } from '../process/phases.ts';
import { type FoundReference, findReferences } from '../references/find-references.ts';
import { createNeededValues, type NeededValues } from '../references/needed-values.ts';
import type { KongConfiguration } from '../settings/kong-configuration.ts';
import { typeSettings } from '../settings/kong-settings.ts';
import { createSecretSource } from './secret-source.ts';

export type OpenVaultsInput = {
  readonly configuration: KongConfiguration;
  readonly environment: Readonly<Record<string, string>>;
  readonly handover: 'references' | 'values';
  readonly log: Log;
  readonly phases: Phases;
  /** Aborted when the start is stopped or its time is up. */
  readonly signal: AbortSignal;
};

/** The references of this start and the vaults that they name. Nothing is asked, and no SDK loaded, before a value is. */
export type Vaults = {
  readonly references: readonly FoundReference[];
  /** Their values, asked for when they are needed and kept for this start. */
  readonly needed: NeededValues;
  /** Gives back what the vaults have given, such as a token of ours. Never throws; takes 2 s at most. */
  [Symbol.asyncDispose](): Promise<void>;
};

export function openVaults(input: OpenVaultsInput): Vaults {
  const { configuration, environment, handover, log, phases, signal } = input;
  const { settings, unset } = configuration;
  const kongVersion = environment['KONG_VERSION'];
  const references = findReferences(settings);
  const source = createSecretSource({ settings, unset, world: { environment, log, signal } });
  const kongDereferences = handover === 'references';
  const options = { source, kongVersion, kongDereferences, signal, log, phases };
  return {
    references,
    needed: createNeededValues(references, typeSettings(settings, { kongVersion, unset }), options),
    [Symbol.asyncDispose]: () => source.close(),
  };
}
