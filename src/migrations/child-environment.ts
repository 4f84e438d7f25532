import { type KnownSetting, type KnownSettings, reveal } from '../references/known-settings.ts';
import { tokenSettingOf } from '../references/needed.ts';
import type { KongConfiguration } from '../settings/kong-configuration.ts';
import { nameSetting, type Setting, variableOf } from '../settings/setting.ts';

export type ChildSources = {
  /** What the start was given. */
  readonly environment: Readonly<Record<string, string>>;
  readonly files: KongConfiguration['files'];
  /** The private folder that the child may use as its prefix; undefined leaves the one that was given. */
  readonly prefix?: string;
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
 * The environment of `kong migrations`: what the start was given, with the values that are known in place of their references, every other
 * reference blanked (an empty variable unsets a setting, also one of kong.conf), and nothing of ours.
 */
export function childEnvironment(known: KnownSettings, sources: ChildSources): ChildEnvironment {
  const variables = withoutCredentials(sources, tokenSettingOf(known.typed) !== undefined);
  const blanked = new Set<string>();
  for (const [key, setting] of known.kong) {
    const text = childText(key, setting);
    if (text === '') for (const one of validatedTogether(key)) blanked.add(one);
    else if (text !== undefined) variables[variableOf(key)] = text;
  }
  for (const key of blanked) variables[variableOf(key)] = '';
  variables['KONG_ROLE'] = 'traditional';
  if (sources.prefix !== undefined) variables['KONG_PREFIX'] = sources.prefix;
  return { variables, blanked: [...blanked].flatMap((key) => nameOf(known.kong.get(key))) };
}

/** Credentials of the cloud stay where `kong migrations` gets a token for PostgreSQL by itself. */
function withoutCredentials({ environment, files }: ChildSources, keepsCredentials: boolean): Record<string, string> {
  const variables: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(environment)) {
    const isDropped = ours.test(name) || (!keepsCredentials && credentials.test(name));
    if (!isDropped && !files.has(name)) variables[name] = value;
  }
  return variables;
}

/** What the child gets for this setting: a value, nothing (''), or undefined where what stands there already is right. */
function childText(key: string, { setting, references, value }: KnownSetting): string | undefined {
  if (references.length === 0 && standsThere(key, setting)) return undefined;
  return reveal(value) ?? '';
}

/** Whether the child reads this text by itself: from its own variable, or from kong.conf. */
function standsThere(key: string, { origin }: Setting): boolean {
  return origin.kind === 'conf' || (origin.kind === 'variable' && origin.variable === variableOf(key));
}

/** A certificate and its key: Kong refuses one without the other, so they are blanked together. */
function validatedTogether(key: string): string[] {
  const certificate = certificateOrKey.exec(key)?.[1];
  return certificate === undefined ? [key] : [certificate, `${certificate}_key`];
}

function nameOf(known: KnownSetting | undefined): string[] {
  return known === undefined ? [] : [nameSetting(known.setting)];
}
