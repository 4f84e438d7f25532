import { SettingError } from '../errors.ts';
import type { DereferencedValues } from '../references/dereference.ts';
import { type FoundReference, findReferences } from '../references/find-references.ts';
import { revealSecret } from '../secret.ts';
import type { KongConfiguration } from '../settings/kong-configuration.ts';
import { type Setting, variableOf } from '../settings/setting.ts';
import { splitList } from '../settings/setting-value.ts';

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
    variables[variableOf(setting.key)] = writeReferences(setting, replacements);
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

function writeReferences(setting: Setting, replacements: readonly Replacement[]): string {
  const byElement = new Map(replacements.map(({ element, reference }) => [element, reference]));
  const whole = byElement.get(undefined);
  if (whole !== undefined) return whole;
  return (splitList(setting.text) ?? []).map((text, element) => byElement.get(element) ?? text).join(',');
}

function assertEnvBackend({ settings }: KongConfiguration): void {
  const vaults = splitList(settings.get('vaults')?.text ?? 'bundled') ?? [];
  if (vaults.includes('bundled') || vaults.includes('env')) return;
  throw new SettingError('the env backend is excluded, and --handover values gives Kong its values through it', {
    subject: 'KONG_VAULTS',
    hint: 'add env to KONG_VAULTS, or leave it at bundled',
  });
}

/** The references that open-source Kong could not dereference: all that name another backend than `env`, and malformed ones. */
export function referencesToOtherBackends({ settings }: KongConfiguration): FoundReference[] {
  return findReferences(settings).filter(({ text }) => !/^\{vault:\/\/env[/?#}]/.test(text));
}
