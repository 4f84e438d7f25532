import type { FoundReference } from '../references/find-references.ts';
import type { NeededValues } from '../references/needed-values.ts';
import { type SettingFilesInput, withSettingFiles } from './setting-files.ts';
import { buildValuesEnvironment, isForAnotherBackend } from './values.ts';

export type KongEnvironmentInput = SettingFilesInput & {
  readonly handover: 'references' | 'values';
  readonly references: readonly FoundReference[];
  readonly needed: NeededValues;
};

/** What Kong gets: the environment that the start was given, or for `--handover values` one whose references name the `env` backend. */
export async function buildKongEnvironment(input: KongEnvironmentInput): Promise<Readonly<Record<string, string>>> {
  const environment = withSettingFiles(input);
  if (input.handover === 'references') return environment;
  const values = await input.needed.valuesOf(input.references.filter(isForAnotherBackend));
  const { variables, holding } = buildValuesEnvironment(environment, input.configuration, values);
  if (holding.length > 0)
    input.log.info(`values are handed over in ${holding.join(', ')}; a rotation reaches Kong only at its next start`);
  return variables;
}
