import { partSettings, type SettingSources } from './collect-settings.ts';
import { parseKongConf } from './kong-conf.ts';
import { defaultsOf } from './kong-defaults.ts';
import type { Settings } from './setting.ts';
import { typeOfSetting } from './setting-types.ts';
import { type SettingValue, typeSettingValue } from './setting-value.ts';

type TextKey =
  | 'database'
  | 'role'
  | 'prefix'
  | 'log_level'
  | 'lua_package_path'
  | 'lua_package_cpath'
  | 'pg_host'
  | 'pg_user'
  | 'pg_password'
  | 'pg_database'
  | 'pg_schema'
  | 'pg_ssl_version'
  | 'pg_ssl_cert'
  | 'pg_ssl_cert_key'
  | 'pg_iam_auth_assume_role_arn'
  | 'pg_iam_auth_role_session_name'
  | 'pg_iam_auth_sts_endpoint_url'
  | 'pg_azure_tenant_id'
  | 'pg_azure_client_id'
  | 'pg_azure_client_secret'
  | 'pg_gcp_service_account_json';

type NumberKey =
  | 'pg_port'
  | 'pg_timeout'
  | 'pg_max_concurrent_queries'
  | 'pg_semaphore_timeout'
  | 'pg_keepalive_timeout'
  | 'pg_pool_size'
  | 'pg_backlog';

type BooleanKey =
  | 'pg_ssl'
  | 'pg_ssl_required'
  | 'pg_ssl_verify'
  | 'pg_iam_auth'
  | 'pg_azure_auth'
  | 'pg_gcp_auth'
  | 'pg_oauth_auth';

type ListKey = 'vaults' | 'plugins' | 'lua_ssl_trusted_certificate';

/** What this program itself uses of Kong's settings, typed. A setting that is unset is absent. */
export type KongSettings = {
  readonly [key in TextKey]?: string;
} & {
  readonly [key in NumberKey]?: number;
} & {
  readonly [key in BooleanKey]?: boolean;
} & {
  readonly [key in ListKey]?: readonly string[];
};

export type TypingOptions = {
  /** For the defaults that differ by version; unset is 3.9. */
  readonly kongVersion?: string | undefined;
  /** What `listUnset` found: keys that have not even Kong's default. */
  readonly unset?: ReadonlySet<string>;
};

/**
 * Settings over Kong's defaults, typed. Where a number or a boolean is still a reference the setting is absent: its
 * value is not known yet. A text, or an element of a list, that is still a reference is that reference.
 */
export function typeSettings(settings: Settings, options: TypingOptions = {}): KongSettings {
  const texts = new Map([...settings].map(([key, { text }]) => [key, text]));
  const typed = typeTexts(texts, options).filter(([key, value]) => typeof value !== 'string' || isWord(key));
  return Object.fromEntries(typed);
}

function isWord(key: string): boolean {
  return !['number', 'boolean'].includes(typeOfSetting(key));
}

/**
 * Kong's settings by key from variables and the text of a kong.conf, with Kong's defaults, typed; unset ones are
 * absent. A setting that holds a reference keeps its text, whatever its type. Throws SettingError as `parseKongConf`
 * and `collectSettings` do. The version, for defaults that differ, is the image's own `KONG_VERSION`.
 */
export function readKongSettings(sources: {
  readonly environment: Readonly<Record<string, string>>;
  readonly confText?: string;
}): Record<string, SettingValue> {
  const conf = { path: 'kong.conf', settings: parseKongConf(sources.confText ?? '') };
  const all: SettingSources = { environment: sources.environment, conf };
  const { settings, unset } = partSettings(all);
  const texts = new Map([...settings].map(([key, { text }]) => [key, text]));
  const kongVersion = sources.environment['KONG_VERSION'];
  return Object.fromEntries(typeTexts(texts, { kongVersion, unset }));
}

function typeTexts(texts: ReadonlyMap<string, string>, options: TypingOptions): [string, SettingValue][] {
  const unset = [...(options.unset ?? [])].map((key) => [key, ''] as const);
  const all = new Map([...defaultsOf(options.kongVersion), ...unset, ...texts]);
  return [...all].flatMap(([key, text]): [string, SettingValue][] => {
    const value = typeSettingValue(key, text);
    return value === undefined ? [] : [[key, value]];
  });
}
