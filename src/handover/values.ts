import { SettingError } from '../errors.ts';
import type { FoundReference } from '../references/find-references.ts';
import { type KnownSettings, replaceReferences } from '../references/known-settings.ts';
import { revealSecret } from '../secret.ts';
import { type Settings, variableOf } from '../settings/setting.ts';
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
  settings: Settings,
  { kong, values }: KnownSettings,
): ValuesEnvironment {
  assertEnvBackend(settings);
  const variables: Record<string, string> = Object.assign(Object.create(null), environment);
  const prefix = settings.get('vault_env_prefix')?.text ?? '';
  const holding: string[] = [];

  function place(found: FoundReference): string | undefined {
    const value = isForAnotherBackend(found) ? values.get(found) : undefined;
    if (value === undefined) return undefined;
    const id = idFor(found);
    const variable = `${prefix}${id}`.toUpperCase().replaceAll('-', '_');
    variables[variable] = revealSecret(value);
    holding.push(variable);
    return `{vault://env/${id}}`;
  }

  for (const [key, known] of kong) {
    if (!known.references.some(isForAnotherBackend)) continue;
    variables[variableOf(key)] = replaceReferences(known, place);
    delete variables[`${variableOf(key)}_FILE`];
  }
  return { variables, holding };
}

function idFor({ setting, element }: FoundReference): string {
  return `kong-entrypoint-value-${setting.key}${element === undefined ? '' : `-${element}`}`.replaceAll('_', '-');
}

function assertEnvBackend(settings: Settings): void {
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
