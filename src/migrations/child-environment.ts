import type { DereferencedValues } from '../references/dereference.ts';
import { textWithValues } from '../references/with-values.ts';
import type { KongConfiguration } from '../settings/kong-configuration.ts';
import { nameSetting, type Setting, variableOf } from '../settings/setting.ts';

export type ChildEnvironmentInput = {
  /** What the start was given. */
  readonly environment: Readonly<Record<string, string>>;
  readonly configuration: KongConfiguration;
  /** The values of the needed references; every other reference is blanked. */
  readonly values: DereferencedValues;
  /** The private folder that the child may use as its prefix; undefined leaves the one that was given. */
  readonly prefix: string | undefined;
  /** Whether `kong migrations` gets a token for PostgreSQL by itself, and so needs the credentials of the cloud. */
  readonly keepCredentials: boolean;
};

export type ChildEnvironment = {
  readonly variables: Readonly<Record<string, string>>;
  /** Settings that were blanked, as an error names them. */
  readonly blanked: readonly string[];
};

/** Variables that open a vault, and nothing that `kong migrations` itself would read. */
const credentials =
  /^(?:KONG_VAULT_|AWS_|AMAZON_|AZURE_|IDENTITY_(?:ENDPOINT|HEADER)$|GCP_|GOOGLE_|ECS_CONTAINER_METADATA_URI|VAULT_TOKEN$)/;
const ours = /^KONG_ENTRYPOINT_/;
const certificateOrKey = /^(.*_cert)(?:_key)?$/;

/**
 * The environment of `kong migrations`: what the start was given, with the needed references replaced by their values, every other
 * reference blanked (an empty variable unsets a setting, also one of kong.conf), and nothing of ours.
 */
export function buildChildEnvironment(input: ChildEnvironmentInput): ChildEnvironment {
  const { configuration, values } = input;
  const variables = withoutCredentials(input);
  const blanked = new Set<string>();
  for (const setting of configuration.settings.values()) {
    const text = childText(setting, values);
    if (text === '') for (const key of validatedTogether(setting.key)) blanked.add(key);
    else if (text !== undefined) variables[variableOf(setting.key)] = text;
  }
  for (const key of blanked) variables[variableOf(key)] = '';
  variables['KONG_ROLE'] = 'traditional';
  if (input.prefix !== undefined) variables['KONG_PREFIX'] = input.prefix;
  return { variables, blanked: nameAll(blanked, configuration) };
}

function withoutCredentials(input: ChildEnvironmentInput): Record<string, string> {
  const variables: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(input.environment)) {
    const isDropped = ours.test(name) || (!input.keepCredentials && credentials.test(name));
    if (!isDropped && !input.configuration.files.has(name)) variables[name] = value;
  }
  return variables;
}

/** What the child gets for this setting: a value, nothing (''), or undefined where what stands there already is right. */
function childText(setting: Setting, values: DereferencedValues): string | undefined {
  const text = textWithValues(setting, values);
  if (text === undefined) return '';
  return text === setting.text && setting.origin.kind !== 'file' ? undefined : text;
}

/** A certificate and its key: Kong refuses one without the other, so they are blanked together. */
function validatedTogether(key: string): string[] {
  const certificate = certificateOrKey.exec(key)?.[1];
  return certificate === undefined ? [key] : [certificate, `${certificate}_key`];
}

function nameAll(keys: ReadonlySet<string>, { settings }: KongConfiguration): string[] {
  return [...keys].flatMap((key) => {
    const setting = settings.get(key);
    return setting === undefined ? [] : [nameSetting(setting)];
  });
}
