import { gatherSettings } from './gather-settings.ts';
import { parseKongConf } from './kong-conf.ts';
import { defaultsOf } from './kong-defaults.ts';
import { typeOfSetting } from './setting-types.ts';
import { type SettingValue, typeSettingValue } from './setting-value.ts';

/** What this program itself uses of Kong's settings, but for `pg_password`, which is a Secret. */
const used = {
  texts: [
    'lua_package_path',
    'pg_host',
    'pg_user',
    'pg_database',
    'pg_schema',
    'pg_ssl_version',
    'pg_ssl_cert',
    'pg_ssl_cert_key',
    'pg_iam_auth_assume_role_arn',
    'pg_iam_auth_role_session_name',
    'pg_iam_auth_sts_endpoint_url',
    'pg_azure_client_id',
    'pg_azure_tenant_id',
  ],
  numbers: ['pg_port', 'pg_timeout'],
  booleans: [
    'pg_ssl',
    'pg_ssl_required',
    'pg_ssl_verify',
    'pg_iam_auth',
    'pg_azure_auth',
    'pg_gcp_auth',
    'pg_oauth_auth',
  ],
  lists: ['plugins', 'lua_ssl_trusted_certificate'],
} as const;

const usedKeys: ReadonlySet<string> = new Set(Object.values(used).flat());

type KeyOf<T extends keyof typeof used> = (typeof used)[T][number];

/** Those settings, typed. One that is unset is absent. */
export type KongSettings = {
  readonly [key in KeyOf<'texts'>]?: string;
} & {
  readonly [key in KeyOf<'numbers'>]?: number;
} & {
  readonly [key in KeyOf<'booleans'>]?: boolean;
} & {
  readonly [key in KeyOf<'lists'>]?: readonly string[];
};

export type TypingOptions = {
  /** For the defaults that differ by version; unset is 3.9. */
  readonly kongVersion?: string | undefined;
  /** Keys that are set to nothing, and so have not even Kong's default. */
  readonly unset?: ReadonlySet<string> | undefined;
};

type Texts = ReadonlyMap<string, { readonly text: string }>;

/**
 * The settings that this program uses, over Kong's defaults, typed. Where a number or a boolean is still a reference the setting is absent:
 * its value is not known yet. A text, or an element of a list, that is still a reference is that reference.
 */
export function typeSettings(settings: Texts, options: TypingOptions = {}): KongSettings {
  const typed = typeTexts(settings, options).filter(([key]) => usedKeys.has(key));
  return Object.fromEntries(typed.filter(([key, value]) => typeof value !== 'string' || isWord(key)));
}

function isWord(key: string): boolean {
  return !['number', 'boolean'].includes(typeOfSetting(key));
}

/**
 * Kong's settings by key from variables and the text of a kong.conf, with Kong's defaults, typed; unset ones are
 * absent. A setting that holds a reference keeps its text, whatever its type. Throws SettingError as `parseKongConf`
 * and `gatherSettings` do. The version, for defaults that differ, is the image's own `KONG_VERSION`.
 */
export function readKongSettings(sources: {
  readonly environment: Readonly<Record<string, string>>;
  readonly confText?: string;
}): Record<string, SettingValue> {
  const conf = { path: 'kong.conf', settings: parseKongConf(sources.confText ?? '') };
  const { settings, unset } = gatherSettings({ environment: sources.environment, conf });
  return Object.fromEntries(typeTexts(settings, { kongVersion: sources.environment['KONG_VERSION'], unset }));
}

function typeTexts(settings: Texts, { kongVersion, unset = new Set() }: TypingOptions): [string, SettingValue][] {
  const texts = new Map([
    ...defaultsOf(kongVersion),
    ...[...unset].map((key) => [key, ''] as const),
    ...[...settings].map(([key, { text }]) => [key, text] as const),
  ]);
  return [...texts].flatMap(([key, text]): [string, SettingValue][] => {
    const value = typeSettingValue(key, text);
    return value === undefined ? [] : [[key, value]];
  });
}
