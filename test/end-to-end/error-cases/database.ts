import assert from 'node:assert/strict';
import { runEntrypoint } from '../../world/kong-entrypoint.ts';
import { KONG_PASSWORD } from '../../world/world.ts';
import type { Changes, ErrorCase, Setting } from './error-case.ts';

const notInTime =
  'hint: check the host, the port and the security group; KONG_ENTRYPOINT_DATABASE_TIMEOUT sets how long to wait';
const conf = 'pg_database = absent\n';
const refused =
  'hint: check that the role exists and that this is its password; PostgreSQL does not say which is wrong';

/** A role that exists, and owns nothing. */
async function asStranger({ howTo }: Setting): Promise<Changes> {
  const { postgresql } = howTo.world;
  await postgresql.query('DROP ROLE IF EXISTS stranger');
  await postgresql.createRole('stranger', 'hunter2-stranger');
  howTo.vault.putSecret('stranger', '{"pg_user":"stranger","pg_password":"hunter2-stranger"}');
  return {
    KONG_PG_USER: '{vault://aws/stranger/pg_user}',
    KONG_PG_PASSWORD: '{vault://aws/stranger/pg_password}',
  };
}

/** PostgreSQL, and what it does not let us do. */
export const databaseCases: readonly ErrorCase[] = [
  {
    situation: 'a wrong password, though the secret was fetched again once',
    make({ howTo }) {
      howTo.vault.putSecret('other', '{"pg_password":"hunter2-wrong"}');
      return { KONG_PG_USER: 'kong', KONG_PG_PASSWORD: '{vault://aws/other/pg_password}' };
    },
    exitCode: 77,
    lines: ({ connection }) => [
      `error: KONG_PG_PASSWORD: ${connection}: PostgreSQL refused the login, also after fetching the secret again: {vault://aws/other/pg_password}`,
      refused,
    ],
    alsoHolds: (_, { howTo }) => assert.equal(howTo.vault.calls.length, 2),
  },
  {
    situation: 'a wrong password that is not a reference',
    make: () => ({ KONG_PG_USER: 'kong', KONG_PG_PASSWORD: 'hunter2-wrong' }),
    exitCode: 77,
    lines: ({ connection }) => [`error: KONG_PG_PASSWORD: ${connection}: PostgreSQL refused the login`, refused],
    alsoHolds: (_, { howTo }) => assert.equal(howTo.vault.calls.length, 0),
  },
  {
    situation: 'no password at all',
    make: () => ({ KONG_PG_USER: 'kong', KONG_PG_PASSWORD: undefined }),
    exitCode: 77,
    lines: ({ connection }) => [
      `error: KONG_PG_PASSWORD: ${connection}: the server asks for a password, and none is set`,
      'hint: set KONG_PG_PASSWORD, best as a vault reference',
    ],
  },
  {
    situation: 'a wrong password that a _FILE holds',
    make: ({ file }) => ({
      KONG_PG_USER: 'kong',
      KONG_PG_PASSWORD: undefined,
      KONG_PG_PASSWORD_FILE: file('wrong', 'hunter2-wrong\n'),
    }),
    exitCode: 77,
    lines: ({ connection, file }) => [
      `error: KONG_PG_PASSWORD_FILE (${file('wrong', 'hunter2-wrong')}): ${connection}: PostgreSQL refused the login`,
      refused,
    ],
  },
  {
    situation: 'a database that kong.conf names and that is not there',
    words: ({ file }) => ['kong', 'docker-start', '-c', file('kong.conf', conf)],
    make: () => ({ KONG_PG_DATABASE: undefined }),
    exitCode: 78,
    lines: ({ connection, file }) => [
      `error: pg_database in ${file('kong.conf', conf)}: ${connection.replace(/[^/]+$/, 'absent')}: the database does not exist`,
      'hint: create it (CREATE DATABASE ... OWNER ...), or correct KONG_PG_DATABASE',
    ],
  },
  {
    situation: "a role that may not read Kong's tables, which Kong takes for an empty database",
    async make(setting) {
      const changes = await asStranger(setting);
      const { environment, howTo } = setting;
      const prepared = { ...environment, KONG_PG_USER: 'kong', KONG_PG_PASSWORD: KONG_PASSWORD };
      const { kong } = howTo.world.kong;
      const run = await runEntrypoint({ program: [kong], args: ['migrations', 'bootstrap'], environment: prepared });
      assert.equal(run.exitCode, 0, run.stderr);
      return changes;
    },
    exitCode: 77,
    lines: [
      "error: KONG_PG_USER: schema public holds Kong's tables, and this role may not read them: {vault://aws/stranger/pg_user}",
      'hint: log in as the role that owns them, or GRANT it to this role; a KONG_PG_SCHEMA of its own makes a second Kong',
    ],
  },
  {
    situation: 'no such database',
    make: () => ({ KONG_PG_DATABASE: 'absent' }),
    exitCode: 78,
    lines: ({ connection }) => [
      `error: KONG_PG_DATABASE: ${connection.replace(/[^/]+$/, 'absent')}: the database does not exist`,
      'hint: create it (CREATE DATABASE ... OWNER ...), or correct KONG_PG_DATABASE',
    ],
  },
  {
    situation: 'a database that is not there in time',
    options: ['--database-timeout', '1s'],
    make: () => ({ KONG_PG_PORT: '9' }),
    exitCode: 75,
    lines: [
      'error: KONG_PG_HOST: PostgreSQL at 127.0.0.1:9 was not available within 1.0 s: nothing listens there yet',
      notInTime,
    ],
    alsoHolds: ({ durationMs }) => assert.ok(durationMs < 4000, `${durationMs} ms`),
  },
  {
    situation: 'a server without the TLS that is required',
    make: () => ({ KONG_PG_SSL: 'on', KONG_PG_SSL_REQUIRED: 'on' }),
    exitCode: 78,
    lines: ({ connection }) => [
      `error: KONG_PG_SSL: ${connection}: the server has no TLS, and it is required`,
      'hint: turn TLS on at the server, or set KONG_PG_SSL_REQUIRED=off, which a login by token does not permit',
    ],
  },
  {
    situation: 'a role that may not create tables, of which Kong itself tells',
    make: asStranger,
    exitCode: 1,
    lines: [
      'error: kong migrations bootstrap failed with exit code 1',
      'hint: from PostgreSQL 15 on a role that does not own the database needs: GRANT CREATE ON SCHEMA public TO <role>',
    ],
    alsoHolds: ({ stderr }) => assert.match(stderr, /permission denied for schema public/),
  },
];
