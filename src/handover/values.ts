import { SettingError } from '../errors.ts';
import type { DereferencedValues } from '../references/dereference.ts';
import type { FoundReference } from '../references/find-references.ts';
import { replaceReferences } from '../references/with-values.ts';
import { revealSecret } from '../secret.ts';
import type { KongConfiguration } from '../settings/kong-configuration.ts';
import { type Setting, variableOf } from '../settings/setting.ts';
import { isBackendEnabled } from '../vaults/backends.ts';

export type ValuesEnvironment = {
  readonly variables: Readonly<Record<string, string>>;
  /** The variables that hold values now, for the line that names them. */
  readonly holding: readonly string[];
};

/**
 * The environment for a Kong that has no vault backend but `env`: each reference to another backend becomes one to a variable that
 * holds its value, so that no plain value reaches Kong's own `.kong_env` file. Throws SettingError where `KONG_VAULTS` excludes `env`.
 */
export function buildValuesEnvironment(
  environment: Readonly<Record<string, string>>,
  configuration: KongConfiguration,
  values: DereferencedValues,
): ValuesEnvironment {
  assertEnvBackend(configuration);
  const variables: Record<string, string> = Object.assign(Object.create(null), environment);
  const prefix = configuration.settings.get('vault_env_prefix')?.text ?? '';
  const holding: string[] = [];
  for (const setting of configuration.settings.values()) {
    const replacements = replace(setting, values, prefix);
    if (replacements.length === 0) continue;
    for (const { variable, value } of replacements) variables[variable] = value;
    holding.push(...replacements.map(({ variable }) => variable));
    const references = new Map(replacements.map(({ element, reference }) => [element, reference]));
    variables[variableOf(setting.key)] = replaceReferences(setting, references);
    delete variables[`${variableOf(setting.key)}_FILE`];
  }
  return { variables, holding };
}

type Replacement = {
  readonly element: number | undefined;
  readonly variable: string;
  readonly reference: string;
  readonly value: string;
};

function replace(setting: Setting, values: DereferencedValues, prefix: string): Replacement[] {
  return [...values]
    .filter(([found]) => found.setting.key === setting.key)
    .map(([{ element }, secret]) => {
      const id = `kong-entrypoint-value-${setting.key}${element === undefined ? '' : `-${element}`}`.replaceAll(
        '_',
        '-',
      );
      const variable = `${prefix}${id}`.toUpperCase().replaceAll('-', '_');
      return { element, variable, reference: `{vault://env/${id}}`, value: revealSecret(secret) };
    });
}

function assertEnvBackend({ settings }: KongConfiguration): void {
  if (isBackendEnabled('env', settings)) return;
  throw new SettingError('the env backend is excluded, and --handover values gives Kong its values through it', {
    subject: 'KONG_VAULTS',
    hint: 'add env to KONG_VAULTS, or leave it at bundled',
  });
}

/** Whether open-source Kong could not dereference this: it names another backend than `env`, or is malformed. */
export function isForAnotherBackend({ text }: FoundReference): boolean {
  return !/^\{vault:\/\/env[/?#}]/.test(text);
}
