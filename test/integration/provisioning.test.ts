import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { EntrypointError } from '../../src/errors.ts';
import { availablePostgresqlVersions, type Postgresql, startPostgresql } from '../world/postgresql.ts';
import {
  isRefused,
  membershipsOf,
  type Provisioning,
  provisionAloud,
  provisionHere,
  verifierIn,
} from './provisioning-world.ts';

const PASSWORD = `correct "horse" battery's \\ staple`;
const MASTER = { user: 'mas"ter', password: 'hunter2-master' };

for (const version of availablePostgresqlVersions()) {
  describe(`PostgreSQL ${version}`, () => {
    let server: Postgresql;
    let number = 0;
    before(async () => {
      server = await startPostgresql({
        version,
        settings: { log_statement: 'all', log_min_error_statement: 'debug5' },
      });
      await server.createRole(MASTER.user, MASTER.password, 'CREATEROLE CREATEDB');
      await server.createRole('nobody', 'hunter2-nobody');
    });
    after(() => server.close());

    /** A role and a database that are not there yet. */
    function fresh(): Provisioning {
      number += 1;
      return { server, role: `kong_${number}`, password: PASSWORD, database: `db_${number}` };
    }

    async function assertUsable(given: Provisioning): Promise<void> {
      const client = await server.connect({ user: given.role, password: given.password, database: given.database });
      await client.query('CREATE TABLE IF NOT EXISTS schema_meta ()');
      await client.end();
    }

    const admins = { 'a superuser': undefined, 'CREATEROLE and CREATEDB alone': MASTER };
    for (const [name, admin] of Object.entries(admins)) {
      const with_ = (given: Provisioning): Provisioning => (admin === undefined ? given : { ...given, admin });

      test(`${name}: role and database are created, and are good for Kong`, async () => {
        const given = with_(fresh());
        assert.deepEqual(await provisionHere(given), [
          `info: role ${given.role} and database ${given.database} created`,
        ]);
        await assertUsable(given);
        assert.equal(await isRefused({ ...given, password: 'other' }), true);
        assert.deepEqual(await membershipsOf(server, version, '"mas""ter"'), []);
      });

      test(`${name}: a second run changes nothing, and says so to those who ask`, async () => {
        const given = with_(fresh());
        await provisionHere(given);
        const before = await verifierIn(server, given.role);
        assert.deepEqual(await provisionHere({ ...given, password: 'another' }), [
          `debug: role ${given.role} and database ${given.database} are there: nothing was created`,
        ]);
        assert.match(String(before), /^SCRAM-SHA-256\$4096:/);
        assert.equal(await verifierIn(server, given.role), before);
      });

      test(`${name}: hostile names are names`, async () => {
        const hostile = { role: `kong"; -- ${name}`, database: `db'"; DROP ROLE nobody; -- ${name}` };
        const given = with_({ ...fresh(), ...hostile });
        await provisionHere(given);
        await assertUsable(given);
      });

      test(`${name}: five starters at once create them once`, async () => {
        const given = with_(fresh());
        const all = await Promise.all(Array.from({ length: 5 }, () => provisionHere(given)));
        const creating = all.flat().filter((line) => line.startsWith('info: role'));
        assert.deepEqual(creating, [`info: role ${given.role} and database ${given.database} created`]);
        await assertUsable(given);
      });

      test(`${name}: of the two only what is missing is created`, async () => {
        const first = with_(fresh());
        await provisionHere(first);
        const given = { ...first, database: `${first.database}_more` };
        assert.deepEqual(await provisionHere(given), [`info: database ${given.database} created`]);
        await assertUsable(given);
      });

      test(`${name}: sync sets the password that PostgreSQL refuses, once, and on does not`, async () => {
        const old = with_(fresh());
        await provisionHere(old);
        const given = { ...old, password: 'rotated' };
        await provisionHere(given);
        assert.equal(await isRefused(given), true, 'on');
        const sync = { ...given, sync: true } as const;
        const set = `warn: the password of role ${given.role} was set to that of KONG_PG_PASSWORD: PostgreSQL had refused it`;
        assert.deepEqual((await provisionHere(sync)).slice(1), [set]);
        assert.equal(await isRefused(given), false, 'sync');
        const kept = await verifierIn(server, given.role);
        assert.equal((await provisionHere(sync)).length, 1, 'nothing more to set');
        assert.equal(await verifierIn(server, given.role), kept);
      });
    }

    test('of five with sync one sets the password', async () => {
      const old = fresh();
      await provisionHere(old);
      const given = { ...old, password: 'rotated' };
      const sync = { ...given, sync: true } as const;
      const all = await Promise.all(Array.from({ length: 5 }, () => provisionHere(sync)));
      assert.equal(all.flat().filter((line) => line.startsWith('warn: the password')).length, 1);
      assert.equal(await isRefused(given), false);
    });

    test('an admin without the rights is told all that it lacks, and nothing is created', async () => {
      const given = { ...fresh(), admin: { user: 'nobody', password: 'hunter2-nobody' } };
      await assert.rejects(provisionHere(given), (error: Error & { errors: EntrypointError[]; exitCode: number }) => {
        assert.equal(error.exitCode, 77);
        assert.deepEqual(
          error.errors.map(({ subject, message, hint }) => [subject, message, hint]),
          [
            [`role nobody may not create role ${given.role}`, 'ALTER ROLE "nobody" CREATEROLE'],
            [`role nobody may not create database ${given.database}`, 'ALTER ROLE "nobody" CREATEDB'],
          ].map(([message, grant]) => ['KONG_ENTRYPOINT_ADMIN_PG_USER', message, `have a superuser run: ${grant}`]),
        );
        return true;
      });
      assert.equal(await verifierIn(server, given.role), undefined);
    });

    test('a role of another admin: its owner may be made before PostgreSQL 16, later the hint is what it takes', async () => {
      const given = { ...fresh(), admin: MASTER };
      await server.createRole(given.role, PASSWORD);
      const grant = `GRANT "${given.role}" TO "mas""ter" WITH ADMIN OPTION`;
      if (version >= 16) {
        const hint = `have a superuser, or the owner, run: ${grant}`;
        await assert.rejects(provisionHere(given), { exitCode: 77, subject: 'KONG_ENTRYPOINT_ADMIN_PG_USER', hint });
        await server.query(grant);
      }
      assert.deepEqual(await provisionHere(given), [`info: database ${given.database} created`]);
      await assertUsable(given);
    });

    test("somebody else's database is left, and what the role lacks is told", async () => {
      const given = fresh();
      await server.createDatabase(given.database, 'nobody');
      await server.query('REVOKE CREATE ON SCHEMA public FROM PUBLIC', { database: given.database });
      const lines = await provisionHere(given);
      assert.equal(lines[0], `info: role ${given.role} created`);
      assert.match(
        lines[1] ?? '',
        /^warn: role \S+ may not create tables in schema public of database \S+, which belongs to nobody \| have the owner of the schema run: GRANT USAGE, CREATE ON SCHEMA "public" TO "/,
      );
      const [, statement = ''] = (lines[1] ?? '').split(' run: ');
      await server.query(statement, { database: given.database });
      await assertUsable(given);
      assert.equal((await provisionHere(given)).length, 1);
    });

    test('a schema that is not there yet takes the right to create it', async () => {
      const given = { ...fresh(), schema: 'gateway' };
      await server.createDatabase(given.database, 'nobody');
      const [, line = ''] = await provisionHere(given);
      assert.match(line, /^warn: role \S+ may not create a schema .* run: GRANT CREATE ON DATABASE "/);
      await server.query(line.split(' run: ')[1] ?? '');
      assert.equal((await provisionHere(given)).length, 1);
    });

    test('where the template left the owner without the schema public, it is granted', async () => {
      const given = fresh();
      await provisionHere(given);
      await server.query('ALTER SCHEMA public OWNER TO postgres; REVOKE ALL ON SCHEMA public FROM PUBLIC', {
        database: given.database,
      });
      assert.deepEqual((await provisionHere(given)).slice(1), [
        `info: role ${given.role} was granted the right to create tables in schema public`,
      ]);
      await assertUsable(given);
    });

    test('an admin whose password was just rotated heals, and one that is wrong is told of by its own setting', async () => {
      const wrong = { user: MASTER.user, password: 'hunter2-wrong' };
      await assert.rejects(provisionHere({ ...fresh(), admin: wrong }), (error: EntrypointError) => {
        assert.deepEqual([error.exitCode, error.subject], [77, 'KONG_ENTRYPOINT_ADMIN_PG_PASSWORD']);
        return !`${error.message}${error.hint}`.includes('hunter2');
      });
      await assert.rejects(provisionHere({ ...fresh(), admin: { ...MASTER, database: 'absent' } }), {
        exitCode: 78,
        subject: 'KONG_ENTRYPOINT_ADMIN_PG_DATABASE',
        hint: /KONG_ENTRYPOINT_ADMIN_PG_DATABASE/,
      });
      const given = fresh();
      const healing = { ...wrong };
      await provisionHere({
        ...given,
        admin: healing,
        refresh: () => server.query(`ALTER ROLE "mas""ter" PASSWORD 'hunter2-wrong'`).then(() => undefined),
      });
      await server.query(`ALTER ROLE "mas""ter" PASSWORD '${MASTER.password}'`);
      await assertUsable(given);
    });

    test('a name that PostgreSQL reserves is refused with its code', async () => {
      const lines: string[] = [];
      await assert.rejects(provisionAloud({ ...fresh(), role: 'pg_kong' }, lines), {
        exitCode: 78,
        message: 'PostgreSQL did not create role pg_kong (42939)',
      });
      assert.deepEqual(lines, []);
    });

    test("a server's own verifiers of the same passwords are ours, with its salt", async () => {
      const { createVerifier } = await import('../../src/database/provisioning/verifier.ts');
      const { revealSecret, Secret } = await import('../../src/secret.ts');
      const passwords = [
        'user',
        'pässwörd',
        '密码',
        '🔑',
        ' a b ',
        `it's "\\ $%`,
        'a\u0627',
        '\u0627a\u0627',
        'a\u0221',
        '\ue000',
      ];
      for (const password of passwords) {
        await server.query(`ALTER ROLE nobody PASSWORD '${password.replaceAll("'", "''")}'`);
        const kept = String(await verifierIn(server, 'nobody'));
        const salt = Buffer.from(/:([^$]+)\$/.exec(kept)?.[1] ?? '', 'base64');
        const input = { password: new Secret(password), role: 'nobody', serverVersion: version * 10_000, salt };
        assert.equal(revealSecret(createVerifier(input)), kept, JSON.stringify(password));
      }
      await server.query(`ALTER ROLE nobody PASSWORD 'hunter2-nobody'`);
    });

    test('a server that encrypts by md5 takes the verifier as it is, also for logins that its pg_hba.conf calls md5', async () => {
      const hba = ['host all postgres 127.0.0.1/32 scram-sha-256', 'host all all 127.0.0.1/32 md5'];
      server.configure({ settings: { password_encryption: 'md5' }, hba });
      await settled(async () => {
        const [row] = await server.query('SHOW password_encryption');
        return row?.['password_encryption'] === 'md5';
      });
      const given = fresh();
      await provisionHere(given);
      assert.match(String(await verifierIn(server, given.role)), /^SCRAM-SHA-256\$/);
      await assertUsable(given);
      await provisionMd5(given);
      server.configure({ settings: { log_statement: 'all', log_min_error_statement: 'debug5' } });
    });

    /** What a server before PostgreSQL 10 would be given; this one still takes it. */
    async function provisionMd5(given: Provisioning): Promise<void> {
      const { createRole } = await import('../../src/database/provisioning/create.ts');
      const { Secret } = await import('../../src/secret.ts');
      const role = `${given.role}_md5`;
      const client = await server.connect({});
      const session = {
        database: {
          query: async <R extends object>(text: string) => (await client.query<R>(text)).rows,
          close: () => client.end(),
        },
        facts: {
          serverVersion: 90_624,
          hasRole: false,
          hasDatabase: true,
          isSuperuser: true,
          mayCreateRoles: true,
          mayCreateDatabases: true,
        },
        wanted: { role, database: given.database },
        admin: {
          user: 'postgres',
          subject: '',
          connection: '',
          connect: async () => client,
          open: async () => session.database,
        },
      };
      await createRole(session, new Secret(PASSWORD));
      await client.end();
      assert.equal(await isRefused({ ...given, role }), false);
      assert.equal(await isRefused({ ...given, role, password: 'other' }), true);
    }

    test('no statement that the server logged holds a password, in clear or encoded', async () => {
      const log = server.log();
      assert.match(log, /CREATE ROLE "kong_1" LOGIN PASSWORD 'SCRAM-SHA-256\$/, 'statements are logged');
      const marks = [PASSWORD, 'battery', MASTER.password.split('-')[0] ?? ''];
      const ours = log
        .split('\n')
        .filter(
          (line) =>
            !/ALTER ROLE (?:nobody|"mas""ter") PASSWORD|CREATE ROLE "(?:mas""ter|nobody|kong_\d+)" LOGIN PASSWORD '(?!SCRAM)/.test(
              line,
            ),
        );
      for (const mark of marks) {
        for (const encoding of ['utf8', 'base64', 'hex'] as const) {
          const text = Buffer.from(mark).toString(encoding);
          assert.ok(!ours.join('\n').includes(text.replace(/=+$/, '').slice(0, -1)), `${mark} as ${encoding}`);
        }
      }
    });
  });
}

test('sessions in template1 make it a matter of another time', async () => {
  const server = await startPostgresql();
  try {
    const admin = { user: server.superuser, password: server.superuserPassword, database: 'template1' };
    const given = { server, role: 'kong', password: PASSWORD, database: 'kong', admin };
    await assert.rejects(provisionHere(given), { exitCode: 75, hint: /template1/ });
  } finally {
    await server.close();
  }
});

async function settled(isSo: () => Promise<boolean>): Promise<void> {
  const limit = performance.now() + 10_000;
  while (!(await isSo())) assert.ok(performance.now() < limit, 'not in time');
}
