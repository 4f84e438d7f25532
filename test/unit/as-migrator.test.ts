import assert from 'node:assert/strict';
import { test } from 'node:test';
import { childEnvironment } from '../../src/migrations/child-environment.ts';
import { asMigrator } from '../../src/references/as-migrator.ts';
import { knowSettings, reveal } from '../../src/references/known-settings.ts';
import { Secret } from '../../src/secret.ts';
import { readMigratorSettings } from '../../src/settings/migrator-settings.ts';
import { settingsFrom } from '../world/settings.ts';

/* The settings as the role that migrates has them. */

type Variables = Readonly<Record<string, string>>;

function knownOf(environment: Variables) {
  const { settings: migrator } = readMigratorSettings(environment);
  return knowSettings({ settings: settingsFrom({ environment }), migrator });
}

const USER = 'KONG_ENTRYPOINT_MIGRATOR_PG_USER';
const PASSWORD = 'KONG_ENTRYPOINT_MIGRATOR_PG_PASSWORD';
const both = {
  KONG_PG_USER: 'kong',
  KONG_PG_PASSWORD: '{vault://env/of-kong}',
  [USER]: 'migrator',
  [PASSWORD]: '{vault://env/of-migrator}',
};

test("user and password take the places of Kong's, and each login needs its own references", () => {
  const known = knownOf(both);
  const migrator = asMigrator(known);
  assert.equal(migrator.typed.pg_user, 'migrator');
  assert.equal(known.typed.pg_user, 'kong');
  const texts = (role: typeof known) => role.neededFor(['connection', role.login]).map(({ text }) => text);
  assert.deepEqual(texts(known), ['{vault://env/of-kong}']);
  assert.deepEqual(texts(migrator), ['{vault://env/of-migrator}']);
});

test("kong migrations get the values of the migrator, and nothing of Kong's or of ours", () => {
  const known = knownOf(both);
  const values = new Map(known.references.map((found) => [found, new Secret(`value of ${found.text}`)]));
  const migrator = asMigrator(known).with(values);
  const { variables } = childEnvironment(migrator.onlyFor(['connection', 'migrator', 'child']), {
    environment: both,
    files: new Map(),
  });
  assert.deepEqual(
    { ...variables },
    {
      KONG_PG_USER: 'migrator',
      KONG_PG_PASSWORD: 'value of {vault://env/of-migrator}',
      KONG_ROLE: 'traditional',
    },
  );
});

test("a migrator without a password, which logs in by a token, is never tried with Kong's", () => {
  for (const KONG_PG_PASSWORD of ['{vault://env/of-kong}', 'literal']) {
    const known = knownOf({ KONG_PG_PASSWORD, [USER]: 'migrator' });
    assert.equal(reveal(asMigrator(known).kong.get('pg_password')?.value), '');
  }
});

test('without a migrator the settings are the same', () => {
  const known = knownOf({ KONG_PG_USER: 'kong' });
  assert.equal(asMigrator(known), known);
});
