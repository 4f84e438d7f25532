import { SettingError } from '../errors.ts';
import { trimLuaSpace } from './lua-space.ts';
import type { Setting, SettingOrigin, Settings } from './setting.ts';
import { isSettingNamedFile } from './setting-types.ts';

/** Where settings come from, read already. Everything else of the environment is passed over. */
export type SettingSources = {
  readonly environment: Readonly<Record<string, string>>;
  /** By the name of a `KONG_X_FILE` variable: the file it names, and what is in it. */
  readonly files?: ReadonlyMap<string, { readonly path: string; readonly text: string }>;
  /** A kong.conf as `parseKongConf` returned it. */
  readonly conf?: { readonly path: string; readonly settings: Readonly<Record<string, string>> };
};

export type PartedSettings = { readonly settings: Settings; readonly unset: ReadonlySet<string> };

/**
 * Kong's settings as text, each from the source that counts: a `KONG_*` variable or its `_FILE` over kong.conf
 * (conf_loader/init.lua, overrides). Names with a lower-case letter do not count, nor do our own `KONG_ENTRYPOINT_*`.
 * A setting that is set to nothing is absent. Throws SettingError where both `KONG_X` and
 * `KONG_X_FILE` are set, as the image's entry script refuses that (docker-kong, docker-entrypoint.sh, file_env).
 */
export function collectSettings(sources: SettingSources): Settings {
  return partSettings(sources).settings;
}

/** The settings that are set to nothing: unset, also where Kong has a default. */
export function listUnset(sources: SettingSources): ReadonlySet<string> {
  return partSettings(sources).unset;
}

/** Both at once, from one reading: what is set, and the keys that are set to nothing. */
export function partSettings(sources: SettingSources): PartedSettings {
  const settings = new Map<string, Setting>();
  const unset = new Set<string>();
  for (const [key, setting] of listSettings(sources)) {
    if (setting.text === '') unset.add(key);
    else settings.set(key, setting);
  }
  return { settings, unset };
}

function listSettings({ environment, files = new Map(), conf }: SettingSources): Map<string, Setting> {
  const settings = new Map<string, Setting>();
  function set(key: string, text: string, origin: SettingOrigin): void {
    settings.set(key, { key, text: trimLuaSpace(text), origin });
  }

  for (const [key, text] of Object.entries(conf?.settings ?? {})) {
    set(key, text, { kind: 'conf', path: conf?.path ?? '' });
  }
  for (const variable of Object.keys(environment)) {
    const key = keyOf(variable);
    if (key === undefined || files.has(variable) || namesFile(key)) continue;
    set(key, environment[variable] ?? '', { kind: 'variable', variable });
  }
  for (const [variable, { path, text }] of files) {
    const plain = variable.replace(/_FILE$/, '');
    const key = keyOf(plain);
    if (key === undefined) continue;
    refuseBoth(plain, environment);
    set(key, text, { kind: 'file', variable, path });
  }
  return settings;
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

function refuseBoth(variable: string, environment: SettingSources['environment']): void {
  if ((environment[variable] ?? '') !== '') throw bothSet(variable);
}

/** The image's entry script refuses a start with `KONG_X` and `KONG_X_FILE`, and so do we. */
export function bothSet(variable: string): SettingError {
  return new SettingError(`${variable} and ${variable}_FILE are both set`, {
    subject: variable,
    hint: "remove one of them; the image's own script refuses to start with both",
    kongMessage: `error: both ${variable} and ${variable}_FILE are set (but are exclusive)`,
  });
}
