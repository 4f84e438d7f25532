import { migratorKeys } from '../settings/migrator-settings.ts';
import { type KnownSetting, type KnownSettings, reveal } from './known-settings.ts';

/**
 * The settings as the role that migrates has them: its user and password in the places of Kong's, so that whatever connects, runs
 * `kong migrations` or names a setting in an error does so for that role. The same settings where Kong's own role migrates.
 */
export function asMigrator(known: KnownSettings): KnownSettings {
  const user = known.all.get(migratorKeys.user);
  if (user === undefined) return known;
  const password = known.all.get(migratorKeys.password) ?? nothingInPlaceOf(known.all.get('pg_password'));
  const swapped = (settings: ReadonlyMap<string, KnownSetting>): ReadonlyMap<string, KnownSetting> =>
    new Map([
      ...settings,
      ['pg_user', user],
      ...(password === undefined ? [] : ([['pg_password', password]] as const)),
    ]);
  return {
    ...known,
    login: 'migrator',
    all: swapped(known.all),
    kong: swapped(known.kong),
    typed: { ...known.typed, pg_user: reveal(user.value) ?? user.setting.text },
    with: (values) => asMigrator(known.with(values)),
    onlyFor: (steps) => asMigrator(known.onlyFor(steps)),
  };
}

/** A role that logs in by a token has no password, and must not be tried with Kong's. */
function nothingInPlaceOf(password: KnownSetting | undefined): KnownSetting | undefined {
  return password && { ...password, value: '' };
}
