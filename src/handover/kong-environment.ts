import type { Dereferencer } from '../references/dereferencer.ts';
import { type SettingFilesInput, withSettingFiles } from './setting-files.ts';
import { buildValuesEnvironment, isForAnotherBackend } from './values.ts';

export type KongEnvironmentInput = SettingFilesInput & {
  readonly handover: 'references' | 'values';
  readonly dereferencer: Dereferencer;
};

/** What Kong gets: the environment that the start was given, or for `--handover values` one whose references name the `env` backend. */
export async function buildKongEnvironment(input: KongEnvironmentInput): Promise<Readonly<Record<string, string>>> {
  const environment = withSettingFiles(input);
  if (input.handover === 'references') return environment;
  const { dereferencer, configuration } = input;
  const known = await dereferencer.fetchThese(dereferencer.known.kongReferences.filter(isForAnotherBackend));
  const { variables, holding } = buildValuesEnvironment(environment, configuration.settings, known);
  if (holding.length > 0)
    input.log.info(`values are handed over in ${holding.join(', ')}; a rotation reaches Kong only at its next start`);
  return variables;
}
