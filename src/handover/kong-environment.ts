import type { Log } from '../log.ts';
import type { Dereferencer } from '../references/dereferencer.ts';
import type { KongConfiguration } from '../settings/kong-configuration.ts';
import { migratorVariables } from '../settings/migrator-settings.ts';
import type { Target } from './target.ts';
import { buildValuesEnvironment, isForAnotherBackend } from './values.ts';

export type SettingFilesInput = {
  readonly target: Target;
  readonly environment: Readonly<Record<string, string>>;
  readonly configuration: KongConfiguration;
  readonly log: Log;
};

export type KongEnvironmentInput = SettingFilesInput & {
  readonly handover: 'references' | 'values';
  readonly dereferencer: Dereferencer;
};

/** What Kong gets: the environment that the start was given, without what says who migrates, or for `--handover values` one whose references name the `env` backend. */
export async function buildKongEnvironment(input: KongEnvironmentInput): Promise<Readonly<Record<string, string>>> {
  const environment = givenToKong(input);
  if (input.handover === 'references') return environment;
  const { dereferencer, configuration, log } = input;
  const known = await dereferencer.fetchThese(dereferencer.known.kongReferences.filter(isForAnotherBackend));
  const { variables, holding } = buildValuesEnvironment(environment, configuration.settings, known);
  if (holding.length > 0)
    log.info(`values are handed over in ${holding.join(', ')}; a rotation reaches Kong only at its next start`);
  return variables;
}

/** Kong has no use for the role that may change its schema, not even for a reference to its password. */
function withoutMigrator(environment: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (migratorVariables.every((variable) => environment[variable] === undefined)) return environment;
  const variables: Record<string, string> = Object.assign(Object.create(null), environment);
  for (const variable of migratorVariables) delete variables[variable];
  return variables;
}

/** As `readForKong`; logs which files were read. */
export function givenToKong(input: SettingFilesInput): Readonly<Record<string, string>> {
  if (hasFiles(input))
    input.log.info(`read for Kong, as the image's script does: ${[...input.configuration.files.keys()].join(', ')}`);
  return readForKong(input);
}

/**
 * The environment as it was given, with `KONG_X_FILE` read into `KONG_X`, as the image's script would do it, for a command that does not
 * go through the script: Kong itself knows no `_FILE`.
 */
export function readForKong(input: Omit<SettingFilesInput, 'log'>): Readonly<Record<string, string>> {
  const environment = withoutMigrator(input.environment);
  if (!hasFiles(input)) return environment;
  const variables: Record<string, string> = Object.assign(Object.create(null), environment);
  for (const [variable, { text }] of input.configuration.files) {
    delete variables[variable];
    variables[variable.replace(/_FILE$/, '')] = text;
  }
  return variables;
}

function hasFiles({ target, configuration }: Omit<SettingFilesInput, 'log'>): boolean {
  return !target.readsFiles && configuration.files.size > 0;
}
