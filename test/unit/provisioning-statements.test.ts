import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Query } from '../../src/database/available/database.ts';
import type { Admin } from '../../src/database/provisioning/admin.ts';
import { type AdminSession, createDatabase, createRole, setPassword } from '../../src/database/provisioning/create.ts';
import { findMissingRights } from '../../src/database/provisioning/refusals.ts';
import type { EntrypointError } from '../../src/errors.ts';
import { Secret } from '../../src/secret.ts';

const SUBJECT = 'KONG_ENTRYPOINT_ADMIN_PG_USER';
const admin: Admin = {
  user: 'mas"ter',
  subject: SUBJECT,
  link: () => assert.fail('nothing connects here'),
  open: () => Promise.reject(new TypeError('nothing connects here')),
};
const hostile = { role: 'kong"; --', database: `kong'"; DROP DATABASE x; --` };
const facts = {
  serverVersion: 180_004,
  hasRole: false,
  hasDatabase: false,
  isSuperuser: false,
  mayCreateRoles: true,
  mayCreateDatabases: true,
};

type Given = {
  readonly facts?: Partial<AdminSession['facts']>;
  readonly mayAct?: boolean;
  readonly fails?: Record<string, string>;
};

/** A session that writes down what it is asked to run, and fails with a SQLSTATE where the statement begins so. */
function record(given: Given = {}): { session: AdminSession; statements: string[] } {
  const statements: string[] = [];
  const query: Query = async (text) => {
    if (text.startsWith('SELECT pg_has_role')) return [{ may: given.mayAct ?? false }] as never;
    statements.push(text);
    const failing = Object.entries(given.fails ?? {}).find(([beginning]) => text.startsWith(beginning));
    if (failing !== undefined) throw Object.assign(new Error(`near "${text}"`), { code: failing[1] });
    return [];
  };
  return { session: { database: { query }, facts: { ...facts, ...given.facts }, wanted: hostile, admin }, statements };
}

const password = new Secret('correct horse');

test('names are quoted, and of the password only the verifier stands in the statement', async () => {
  const { session, statements } = record();
  assert.equal(await createRole(session, password), true);
  await setPassword(session, password);
  const verifier = String.raw`'SCRAM-SHA-256\$4096:[\w+/=]{24}\$[\w+/=]{44}:[\w+/=]{44}'`;
  assert.match(statements[0] ?? '', new RegExp(`^CREATE ROLE "kong""; --" LOGIN PASSWORD ${verifier}$`));
  assert.match(statements[1] ?? '', new RegExp(`^ALTER ROLE "kong""; --" PASSWORD ${verifier}$`));
});

const owned = `CREATE DATABASE "kong'""; DROP DATABASE x; --" OWNER "kong""; --"`;
const role = '"kong""; --"';
const borrowing: Readonly<Record<string, readonly [given: Given, statements: readonly string[]]>> = {
  'a superuser': [{ mayAct: true }, [owned]],
  'PostgreSQL 16 and later': [
    { facts: { serverVersion: 160_000 } },
    [`GRANT ${role} TO CURRENT_USER WITH SET TRUE, INHERIT FALSE`, owned, `REVOKE ${role} FROM CURRENT_USER`],
  ],
  'PostgreSQL before 16': [
    { facts: { serverVersion: 150_009 } },
    [`GRANT ${role} TO CURRENT_USER`, owned, `REVOKE ${role} FROM CURRENT_USER`],
  ],
};
for (const [name, [given, expected]] of Object.entries(borrowing)) {
  test(`the database and its owner, for ${name}`, async () => {
    const { session, statements } = record(given);
    assert.equal(await createDatabase(session), true);
    assert.deepEqual(statements, expected);
  });
}

test('what was borrowed is given back also when the database is not created', async () => {
  const { session, statements } = record({ fails: { 'CREATE DATABASE': '42501' } });
  await assert.rejects(createDatabase(session));
  assert.match(statements.at(-1) ?? '', /^REVOKE/);
});

test('another starter that was quicker is not an error', async () => {
  for (const code of ['42710', '23505']) {
    assert.equal(await createRole(record({ fails: { 'CREATE ROLE': code } }).session, password), false);
  }
  for (const code of ['42P04', '23505']) {
    assert.equal(await createDatabase(record({ fails: { 'CREATE DATABASE': code } }).session), false);
  }
});

type Refusal = readonly [
  statement: string,
  code: string,
  act: (session: AdminSession) => Promise<unknown>,
  exitCode: number,
  hint: RegExp,
];
const refusals: readonly Refusal[] = [
  ['CREATE ROLE', '42501', (session) => createRole(session, password), 77, /GRANT rds_password TO "mas""ter"/],
  [
    'ALTER ROLE',
    '42501',
    (session) => setPassword(session, password),
    77,
    /GRANT "kong""; --" TO "mas""ter" WITH ADMIN OPTION/,
  ],
  ['GRANT', '42501', createDatabase, 77, /GRANT "kong""; --" TO "mas""ter" WITH ADMIN OPTION/],
  ['CREATE DATABASE', '42501', createDatabase, 77, /ALTER ROLE "mas""ter" CREATEDB/],
  ['CREATE DATABASE', '55006', createDatabase, 75, /template1/],
  ['CREATE DATABASE', '57P01', createDatabase, 75, /start again/],
  ['CREATE ROLE', '42939', (session) => createRole(session, password), 78, /documentation of PostgreSQL/],
];
for (const [statement, code, act, exitCode, hint] of refusals) {
  test(`${statement} refused with ${code}: ${exitCode}, and never the statement`, async () => {
    await assert.rejects(act(record({ fails: { [statement]: code } }).session), (error: EntrypointError) => {
      assert.deepEqual([error.exitCode, error.subject], [exitCode, SUBJECT]);
      assert.match(error.hint, hint);
      return !/SCRAM-SHA-256|near/.test(`${error.message}${error.hint}`);
    });
  });
}

test('without CREATEROLE the hint for an existing role is that right first', async () => {
  const { session } = record({ facts: { mayCreateRoles: false }, fails: { 'ALTER ROLE': '42501' } });
  await assert.rejects(setPassword(session, password), { hint: /ALTER ROLE "mas""ter" CREATEROLE$/ });
});

test('rights that are lacking are told together, and only those that something missing takes', () => {
  const none = { ...facts, mayCreateRoles: false, mayCreateDatabases: false };
  const hints = (given: Partial<typeof facts>): string[] =>
    findMissingRights({ ...none, ...given }, hostile, admin).map(({ hint }) => hint.replace(/^.*: /, ''));
  const both = ['ALTER ROLE "mas""ter" CREATEROLE', 'ALTER ROLE "mas""ter" CREATEDB'];
  assert.deepEqual(hints({}), both);
  assert.deepEqual(hints({ hasRole: true }), both.slice(1));
  assert.deepEqual(hints({ hasDatabase: true }), both.slice(0, 1));
  assert.deepEqual(hints({ isSuperuser: true }), []);
});

test('a password that clients would not agree about creates nothing', async () => {
  const { session, statements } = record();
  await assert.rejects(createRole(session, new Secret('e\u0301')), { exitCode: 65 });
  assert.deepEqual(statements, []);
});
