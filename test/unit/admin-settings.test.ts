import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { SettingError, SeveralErrors, throwTogether } from '../../src/errors.ts';
import { readAdminSettings } from '../../src/settings/admin-settings.ts';
import { readStartSettings, type StartSettings } from '../../src/settings/read-settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'admin-settings-'));
after(() => rmSync(folder, { recursive: true }));

const USER = 'KONG_ENTRYPOINT_ADMIN_PG_USER';
const PASSWORD = 'KONG_ENTRYPOINT_ADMIN_PG_PASSWORD';
const DATABASE = 'KONG_ENTRYPOINT_ADMIN_PG_DATABASE';
const reference = '{vault://aws/rds!db-0a1b2c/password}';

function file(text: string): string {
  const path = join(folder, String(Math.random()));
  writeFileSync(path, text);
  return path;
}

function texts(environment: Record<string, string>): Record<string, string> {
  const { settings, errors } = readAdminSettings(environment);
  assert.deepEqual(errors, []);
  return Object.fromEntries([...settings].map(([key, { text }]) => [key.replace('entrypoint_admin_pg_', ''), text]));
}

test('user and password are needed, and the database is postgres unless another is named', () => {
  const given = { [USER]: '{vault://aws/rds!db-0a1b2c/username}', [PASSWORD]: reference };
  assert.deepEqual(texts(given), { user: given[USER], password: reference, database: 'postgres' });
  assert.deepEqual(texts({ ...given, [USER]: 'master', [DATABASE]: 'rds' }), {
    user: 'master',
    password: reference,
    database: 'rds',
  });
});

test('a file may hold the password or a reference, with a newline at its end', () => {
  for (const text of ['hunter2', reference]) {
    const given = { [USER]: 'master', [`${PASSWORD}_FILE`]: file(`${text}\n`) };
    assert.equal(texts(given)['password'], text);
  }
});

const master = { [USER]: 'master' };
const wrong: Readonly<
  Record<string, readonly [environment: Record<string, string>, subject: string, message: RegExp]>
> = {
  'no user': [{ [PASSWORD]: reference }, USER, /is not set/],
  'no password': [master, PASSWORD, /is not set/],
  'an empty password': [{ ...master, [PASSWORD]: ' ' }, PASSWORD, /is not set/],
  'a literal password': [
    { ...master, [PASSWORD]: 'hunter2' },
    PASSWORD,
    /not a reference, and would stay in Kong's environment/,
  ],
  'a reference and something after it': [{ ...master, [PASSWORD]: `${reference}x` }, PASSWORD, /not a reference/],
  'a reference and a file': [
    { ...master, [PASSWORD]: reference, [`${PASSWORD}_FILE`]: file('hunter2') },
    PASSWORD,
    /both set/,
  ],
  'an empty file': [{ ...master, [`${PASSWORD}_FILE`]: file('\n') }, `${PASSWORD}_FILE (`, /the file is empty/],
  'no such file': [{ ...master, [`${PASSWORD}_FILE`]: join(folder, 'absent') }, `${PASSWORD}_FILE`, /cannot be read/],
};
for (const [name, [environment, subject, message]] of Object.entries(wrong)) {
  test(`${name} is refused, named, with a hint, and shown nowhere`, () => {
    const { errors } = readAdminSettings(environment);
    assert.equal(errors.length, 1);
    const [error] = errors;
    assert.ok(error?.subject?.startsWith(subject), error?.subject);
    assert.match(error?.message ?? '', message);
    assert.notEqual(error?.hint, '');
    assert.ok(!`${error?.message}${error?.hint}`.includes('hunter2'));
  });
}

function start(variables: Record<string, string>): StartSettings {
  const { settings, problems } = readStartSettings(new Map(), { variables, notUtf8: [], duplicated: [] });
  throwTogether(problems);
  return settings;
}

test('all that is missing is told with the other problems of ours, in one go', () => {
  assert.throws(
    () => start({ KONG_ENTRYPOINT_PROVISION: 'sync', KONG_ENTRYPOINT_GRACE: 'soon' }),
    (error) => {
      assert.ok(error instanceof SeveralErrors && error.errors.every((one) => one instanceof SettingError));
      assert.deepEqual(
        error.errors.map(({ subject }) => subject),
        ['KONG_ENTRYPOINT_GRACE', USER, PASSWORD],
      );
      return error.exitCode === 78;
    },
  );
});

test('with provisioning off nothing of the admin is read, and its variables are known', () => {
  const { admin, provision } = start({ [USER]: 'master', [PASSWORD]: reference, [DATABASE]: 'rds' });
  assert.deepEqual([admin.size, provision], [0, 'off']);
  assert.throws(() => start({ KONG_ENTRYPOINT_ADMIN_PG_PASSWRD: reference }), SettingError);
});
