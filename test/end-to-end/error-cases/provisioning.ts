import assert from 'node:assert/strict';
import type { Changes, ErrorCase, Setting } from './error-case.ts';

const USER = 'KONG_ENTRYPOINT_ADMIN_PG_USER';
const PASSWORD = 'KONG_ENTRYPOINT_ADMIN_PG_PASSWORD';
const MASTER_PASSWORD = '{vault://aws/rds!db-1/password}';
const passwordHint = `hint: give a reference such as {vault://aws/rds!db-.../password}, or the path of a file in ${PASSWORD}_FILE`;
const userHint =
  'hint: give the name of a role that may create roles and databases, or a reference to it such as {vault://aws/rds!db-.../username}';

/** A role that may log in and nothing else, its credentials as RDS keeps a master's. Kong's own role and database are not there. */
async function withMaster({ howTo, environment }: Setting, attributes = ''): Promise<Changes> {
  const { postgresql } = howTo.world;
  await postgresql.query('DROP ROLE IF EXISTS master');
  await postgresql.createRole('master', 'hunter2-master', attributes);
  howTo.vault.putSecret('rds!db-1', '{"username":"master","password":"hunter2-master"}');
  return {
    KONG_ENTRYPOINT_PROVISION: 'on',
    KONG_PG_USER: 'newcomer',
    KONG_PG_DATABASE: `new ${environment['KONG_PG_DATABASE']}`,
    [USER]: '{vault://aws/rds!db-1/username}',
    [PASSWORD]: MASTER_PASSWORD,
  };
}

/** Nothing of Kong's was created. */
async function nothingCreated({ howTo }: Setting): Promise<void> {
  assert.deepEqual(await howTo.world.postgresql.query("SELECT FROM pg_roles WHERE rolname = 'newcomer'"), []);
}

/** `--provision`, and the credentials that it takes. */
export const provisioningCases: readonly ErrorCase[] = [
  {
    situation: 'provisioning without an admin, beside a duration that is none',
    options: ['--provision', 'on'],
    make: () => ({ KONG_ENTRYPOINT_GRACE: 'soon' }),
    exitCode: 78,
    lines: [
      'error: KONG_ENTRYPOINT_GRACE: the value is not a duration',
      'hint: give a number with ms, s, m or h, such as 500ms, 60s or 15m; a bare number is seconds',
      `error: ${USER}: it is not set, and provisioning needs it`,
      userHint,
      `error: ${PASSWORD}: it is not set, and provisioning needs it`,
      passwordHint,
    ],
  },
  {
    situation: "an admin's password in clear text",
    make: async (setting) => ({ ...(await withMaster(setting)), [PASSWORD]: 'hunter2-master' }),
    exitCode: 78,
    lines: [`error: ${PASSWORD}: the value is not a reference, and would stay in Kong's environment`, passwordHint],
    alsoHolds: (_, { howTo }) => assert.equal(howTo.vault.calls.length, 0),
  },
  {
    situation: "an admin's password that is not in the secret, and Kong's neither",
    make: async (setting) => ({
      ...(await withMaster(setting)),
      [PASSWORD]: '{vault://aws/rds!db-1/pasword}',
      KONG_PG_PASSWORD: '{vault://aws/kong-gateway-database/pasword}',
    }),
    exitCode: 65,
    lines: [
      'error: KONG_PG_PASSWORD: secret key "pasword" not found in {vault://aws/kong-gateway-database/pasword}',
      'hint: the secret has the keys pg_password, pg_user',
      `error: ${PASSWORD}: secret key "pasword" not found in {vault://aws/rds!db-1/pasword}`,
      'hint: the secret has the keys password, username',
    ],
  },
  {
    situation: 'an admin that PostgreSQL does not let in, though the secret was fetched again once',
    async make(setting) {
      const changes = await withMaster(setting);
      await setting.howTo.world.postgresql.query("ALTER ROLE master PASSWORD 'hunter2-rotated'");
      return changes;
    },
    exitCode: 77,
    lines: ({ connection }) => [
      `error: ${PASSWORD}: ${connection.replace(/^kong@/, 'master@').replace(/[^/]+$/, 'postgres')}: PostgreSQL refused the login, also after fetching the secret again: ${MASTER_PASSWORD}`,
      'hint: check that the role exists and that this is its password; PostgreSQL does not say which is wrong',
    ],
    alsoHolds: (_, { howTo }) =>
      assert.deepEqual(howTo.vault.calls.map(({ secretId }) => secretId).sort(), [
        'kong-gateway-database',
        'rds!db-1',
        'rds!db-1',
      ]),
  },
  {
    situation: 'an admin without the rights, all of them at once',
    make: withMaster,
    exitCode: 77,
    lines: ({ environment }) => [
      `error: ${USER}: role master may not create role newcomer`,
      'hint: have a superuser run: ALTER ROLE "master" CREATEROLE',
      `error: ${USER}: role master may not create database new ${environment['KONG_PG_DATABASE']}`,
      'hint: have a superuser run: ALTER ROLE "master" CREATEDB',
    ],
    alsoHolds: (_, setting) => nothingCreated(setting),
  },
  {
    situation: "an admin that is Kong's role, and a name that PostgreSQL would cut off",
    make: async (setting) => ({
      ...(await withMaster(setting, 'CREATEROLE CREATEDB')),
      KONG_PG_USER: 'master',
      KONG_PG_DATABASE: 'x'.repeat(64),
    }),
    exitCode: 78,
    lines: [
      `error: KONG_PG_USER: it is the role that ${USER} names`,
      'hint: give Kong a role of its own, without the rights of an admin',
      'error: KONG_PG_DATABASE: the name is longer than the 63 bytes that PostgreSQL keeps',
      'hint: choose a shorter name',
    ],
  },
  {
    situation: 'a role that would log in by a token',
    make: async (setting) => ({ ...(await withMaster(setting, 'CREATEROLE CREATEDB')), KONG_PG_IAM_AUTH: 'on' }),
    exitCode: 78,
    lines: [
      'error: KONG_ENTRYPOINT_PROVISION: the role would log in by a token, and only a role with a password can be provisioned',
      'hint: create the role and the database by hand (RDS: GRANT rds_iam TO the role), and leave provisioning off',
    ],
  },
  {
    situation: "a password for Kong's role that Kong's driver could not log in with",
    async make(setting) {
      setting.howTo.vault.putSecret('odd', JSON.stringify({ pg_password: 'hunter2\u00a0' }));
      const changes = await withMaster(setting, 'CREATEROLE CREATEDB');
      return { ...changes, KONG_PG_PASSWORD: '{vault://aws/odd/pg_password}' };
    },
    exitCode: 65,
    lines: [
      'error: KONG_PG_PASSWORD: the password has characters that SASLprep changes, so Kong could not log in with it: {vault://aws/odd/pg_password}',
      'hint: choose a password of ASCII characters, or of others that Unicode normalisation (NFKC) leaves alone',
    ],
    alsoHolds: (_, setting) => nothingCreated(setting),
  },
];
