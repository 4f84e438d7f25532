import { revealSecret, Secret } from '../secret.ts';
import { adminKeys, isAdminKey } from '../settings/admin-settings.ts';
import { type KongSettings, typeSettings } from '../settings/kong-settings.ts';
import { isMigratorKey, migratorKeys } from '../settings/migrator-settings.ts';
import type { Setting, Settings } from '../settings/setting.ts';
import { splitList } from '../settings/setting-value.ts';
import { type FoundReference, findReferences } from './find-references.ts';
import { type NeededFor, neededFor } from './needed.ts';

/** The values of references. */
export type DereferencedValues = ReadonlyMap<FoundReference, Secret>;

/** A setting as it was given, the references in it, and its value. */
export type KnownSetting = {
  readonly setting: Setting;
  readonly references: readonly FoundReference[];
  /** The text as given, or with values in place of its references; undefined while one of them is missing. */
  readonly value: string | Secret | undefined;
};

/** The settings as they are known now. Immutable: values of references are filled into a new one. */
export type KnownSettings = {
  /** Kong's settings, by key. */
  readonly kong: ReadonlyMap<string, KnownSetting>;
  /** The same, with those that provision and that migrate. */
  readonly all: ReadonlyMap<string, KnownSetting>;
  /** Every reference, found once: Kong's first. */
  readonly references: readonly FoundReference[];
  readonly kongReferences: readonly FoundReference[];
  readonly values: DereferencedValues;
  readonly kongVersion: string | undefined;
  /** Kong's settings over its defaults. A number or a boolean that is still a reference is absent. */
  readonly typed: KongSettings;
  /** Whose login a connection needs: that of Kong's own role, or of the one that migrates. */
  readonly login: 'login' | 'migrator';
  /** The references that these steps need. */
  neededFor(steps: readonly NeededFor[]): readonly FoundReference[];
  /** The same settings with more values. */
  with(values: DereferencedValues): KnownSettings;
  /** The same settings with no other values than these steps need. */
  onlyFor(steps: readonly NeededFor[]): KnownSettings;
};

export type GivenSettings = {
  readonly settings: Settings;
  /** Keys that are set to nothing, and so have not even Kong's default. */
  readonly unset?: ReadonlySet<string>;
  /** Who provisions. */
  readonly admin?: Settings;
  /** Who migrates, where that is not Kong's own role. */
  readonly migrator?: Settings;
  readonly kongVersion?: string | undefined;
};

/** What is known of the settings before any value is: each with its references, found here and nowhere else. */
export function knowSettings({
  settings,
  unset,
  admin = new Map(),
  migrator = new Map(),
  kongVersion,
}: GivenSettings): KnownSettings {
  const found = [...settings.values(), ...migrator.values(), ...admin.values()].map((setting) => ({
    setting,
    references: findReferences(setting),
  }));
  const references = found.flatMap((one) => one.references);

  function fill(values: DereferencedValues): KnownSettings {
    const all = new Map(found.map((one) => [one.setting.key, { ...one, value: valueFor(one, values) }]));
    const typed = typeSettings(textsOf(all), { kongVersion, unset });
    const neededBy = (steps: readonly NeededFor[]): readonly FoundReference[] =>
      references.filter(({ setting }) => steps.includes(neededFor(setting.key, typed)));
    return {
      all,
      kong: new Map([...all].filter(([key]) => isKongs(key))),
      references,
      kongReferences: references.filter(({ setting }) => isKongs(setting.key)),
      values,
      kongVersion,
      typed,
      login: 'login',
      neededFor: neededBy,
      with: (more) => fill(new Map([...values, ...more])),
      onlyFor(steps) {
        const needed = neededBy(steps);
        return fill(new Map([...values].filter(([one]) => needed.includes(one))));
      },
    };
  }

  return fill(new Map());
}

function isKongs(key: string): boolean {
  return !isAdminKey(key) && !isMigratorKey(key);
}

function valueFor(found: Omit<KnownSetting, 'value'>, values: DereferencedValues): KnownSetting['value'] {
  if (found.references.length === 0) return found.setting.text;
  if (!found.references.every((one) => values.has(one))) return undefined;
  return new Secret(replaceReferences(found, (one) => reveal(values.get(one))));
}

/** The text of a setting with these texts in place of its references; a reference that gets none stays. */
export function replaceReferences(
  { setting, references }: Omit<KnownSetting, 'value'>,
  textFor: (found: FoundReference) => string | undefined,
): string {
  const texts = new Map(references.map((one) => [one.element, textFor(one)]));
  if (texts.has(undefined)) return texts.get(undefined) ?? setting.text;
  return (splitList(setting.text) ?? []).map((text, element) => texts.get(element) ?? text).join(',');
}

/** The text of a value, for where it is placed: a login, the environment of a program, a check. */
export function reveal(value: string | Secret | undefined): string | undefined {
  return value instanceof Secret ? revealSecret(value) : value;
}

/** What is typed: a value where it is known, else the text as given. An empty value unsets a setting, as in Kong. */
function textsOf(all: KnownSettings['all']): ReadonlyMap<string, { readonly text: string }> {
  const texts = [...all].map(([key, { setting, value }]) => [key, { text: reveal(value) ?? setting.text }] as const);
  return new Map(texts.filter(([, { text }]) => text !== ''));
}

/** Settings that only say where the database is: their values appear in messages, and are not masked. */
const notSecret: ReadonlySet<string> = new Set([
  ...['pg_user', 'pg_host', 'pg_database', 'pg_schema', 'pg_port'],
  ...[adminKeys.user, adminKeys.database, migratorKeys.user],
]);

/** What must not appear in the output of a child: every value from a vault that is secret, and the passwords wherever they came from. */
export function secretsIn({ values, all }: KnownSettings): Secret[] {
  const fetched = [...values].flatMap(([{ setting }, secret]) => (notSecret.has(setting.key) ? [] : [secret]));
  const passwords = ['pg_password', migratorKeys.password].flatMap((key) => asSecret(all.get(key)?.value) ?? []);
  return [...fetched, ...passwords];
}

/** A value that is secret wherever it came from. */
export function asSecret(value: string | Secret | undefined): Secret | undefined {
  const text = reveal(value);
  return text === undefined || text === '' ? undefined : new Secret(text);
}
