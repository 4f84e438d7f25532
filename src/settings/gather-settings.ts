import { SettingError } from '../errors.ts';
import { trimLuaSpace } from './lua-space.ts';
import type { Setting, SettingOrigin, Settings } from './setting.ts';
import { isSettingNamedFile } from './setting-types.ts';

/** The sources of Kong's settings, already read. Other variables of the environment are ignored. */
export type SettingSources = {
  readonly environment: Readonly<Record<string, string>>;
  /** By the name of a `KONG_X_FILE` variable: the file it names, and what is in it. */
  readonly files?: ReadonlyMap<string, { readonly path: string; readonly text: string }>;
  /** A kong.conf as `parseKongConf` returned it. */
  readonly conf?: { readonly path: string; readonly settings: Readonly<Record<string, string>> };
};

export type GatheredSettings = {
  readonly settings: Settings;
  /** Keys that are set to nothing: unset, also where Kong has a default. */
  readonly unset: ReadonlySet<string>;
};

/**
 * Kong's settings as text, each from the source that counts: a `KONG_*` variable or its `_FILE` over kong.conf
 * (conf_loader/init.lua, overrides). Names with a lower-case letter do not count, nor do our own `KONG_ENTRYPOINT_*`.
 * Throws SettingError where both `KONG_X` and `KONG_X_FILE` are set, as the image's entry script refuses that
 * (docker-kong, docker-entrypoint.sh, file_env).
 */
export function gatherSettings(sources: SettingSources): GatheredSettings {
  const last = new Map(listSettings(sources).map((setting) => [setting.key, setting]));
  const unset = [...last].flatMap(([key, { text }]) => (text === '' ? [key] : []));
  return { settings: new Map([...last].filter(([, { text }]) => text !== '')), unset: new Set(unset) };
}

function listSettings({ environment, files = new Map(), conf }: SettingSources): Setting[] {
  const fromConf = Object.entries(conf?.settings ?? {}).map(([key, text]) =>
    setting(key, text, { kind: 'conf', path: conf?.path ?? '' }),
  );
  const fromVariables = Object.entries(environment).flatMap(([variable, text]) => {
    const key = files.has(variable) ? undefined : keyOf(variable);
    return key === undefined || namesFile(key) ? [] : [setting(key, text, { kind: 'variable', variable })];
  });
  const fromFiles = [...files].flatMap(([variable, { path, text }]) => {
    const plain = variable.replace(/_FILE$/, '');
    if (environment[plain]) throw bothSet(plain);
    const key = keyOf(plain);
    return key === undefined ? [] : [setting(key, text, { kind: 'file', variable, path })];
  });
  return [...fromConf, ...fromVariables, ...fromFiles];
}

function setting(key: string, text: string, origin: SettingOrigin): Setting {
  return { key, text: trimLuaSpace(text), origin };
}

/** The key that a variable sets, or undefined for one that sets none. */
function keyOf(variable: string): string | undefined {
  if (!variable.startsWith('KONG_') || variable.startsWith('KONG_ENTRYPOINT_')) return undefined;
  const name = variable.slice('KONG_'.length);
  if (name === '' || /[a-z]/.test(name)) return undefined;
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function namesFile(key: string): boolean {
  return key.endsWith('_file') && !isSettingNamedFile(key);
}

/** The image's entry script refuses a start with `KONG_X` and `KONG_X_FILE`, and so do we. */
export function bothSet(variable: string): SettingError {
  return new SettingError(`${variable} and ${variable}_FILE are both set`, {
    subject: variable,
    hint: "remove one of them; the image's own script refuses to start with both",
    kongMessage: `error: both ${variable} and ${variable}_FILE are set (but are exclusive)`,
  });
}
