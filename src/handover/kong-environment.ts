import type { Command } from '../cli/command.ts';
import type { Log } from '../log.ts';
import type { FoundReference } from '../references/find-references.ts';
import type { NeededValues } from '../references/needed-values.ts';
import type { KongConfiguration } from '../settings/kong-configuration.ts';
import { buildValuesEnvironment, isForAnotherBackend } from './values.ts';

export type KongEnvironmentInput = {
  readonly command: Extract<Command, { kind: 'start' }>;
  readonly environment: Readonly<Record<string, string>>;
  readonly configuration: KongConfiguration;
  readonly handover: 'references' | 'values';
  readonly references: readonly FoundReference[];
  readonly needed: NeededValues;
  readonly log: Log;
};

/** What Kong gets: the environment that the start was given, or for `--handover values` one whose references name the `env` backend. */
export async function buildKongEnvironment(input: KongEnvironmentInput): Promise<Readonly<Record<string, string>>> {
  const environment = input.command.name === 'start' ? withFiles(input) : input.environment;
  if (input.handover === 'references') return environment;
  const values = await input.needed.valuesOf(input.references.filter(isForAnotherBackend));
  const { variables, holding } = buildValuesEnvironment(environment, input.configuration, values);
  if (holding.length > 0)
    input.log.info(`values are handed over in ${holding.join(', ')}; a rotation reaches Kong only at its next start`);
  return variables;
}

/** The image's script would read `KONG_X_FILE` into `KONG_X`; `kong start`, which is executed without the script, does not. */
function withFiles({ environment, configuration, log }: KongEnvironmentInput): Readonly<Record<string, string>> {
  if (configuration.files.size === 0) return environment;
  const variables: Record<string, string> = Object.assign(Object.create(null), environment);
  for (const [variable, { text }] of configuration.files) {
    delete variables[variable];
    variables[variable.replace(/_FILE$/, '')] = text;
  }
  log.info(`read for kong start, as the script of the image would: ${[...configuration.files.keys()].join(', ')}`);
  return variables;
}
