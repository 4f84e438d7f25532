import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { EntrypointError } from '../../src/errors.ts';
import { availablePostgresqlVersions, type Postgresql, startPostgresql } from '../world/postgresql.ts';
import {
  assertUsable,
  freshOn,
  MASTER,
  PASSWORD,
  provisionAloud,
  provisionHere,
  startWithMaster,
  verifierIn,
} from './provisioning-world.ts';

for (const version of availablePostgresqlVersions()) {
  describe(`PostgreSQL ${version}`, () => {
    let server: Postgresql;
    before(async () => {
      server = await startWithMaster(version);
    });
    after(() => server.close());

    test('an admin without the rights is told all that it lacks, and nothing is created', async () => {
      const given = { ...freshOn(server), admin: { user: 'nobody', password: 'hunter2-nobody' } };
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
      const given = { ...freshOn(server), admin: MASTER };
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
      const given = freshOn(server);
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
      const given = { ...freshOn(server), schema: 'gateway' };
      await server.createDatabase(given.database, 'nobody');
      const [, line = ''] = await provisionHere(given);
      assert.match(line, /^warn: role \S+ may not create a schema .* run: GRANT CREATE ON DATABASE "/);
      await server.query(line.split(' run: ')[1] ?? '');
      assert.equal((await provisionHere(given)).length, 1);
    });

    test('where the template left the owner without the schema public, it is granted', async () => {
      const given = freshOn(server);
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
      await assert.rejects(provisionHere({ ...freshOn(server), admin: wrong }), (error: EntrypointError) => {
        assert.deepEqual([error.exitCode, error.subject], [77, 'KONG_ENTRYPOINT_ADMIN_PG_PASSWORD']);
        return !`${error.message}${error.hint}`.includes('hunter2');
      });
      await assert.rejects(provisionHere({ ...freshOn(server), admin: { ...MASTER, database: 'absent' } }), {
        exitCode: 78,
        subject: 'KONG_ENTRYPOINT_ADMIN_PG_DATABASE',
        hint: /KONG_ENTRYPOINT_ADMIN_PG_DATABASE/,
      });
      const given = freshOn(server);
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
      await assert.rejects(provisionAloud({ ...freshOn(server), role: 'pg_kong' }, lines), {
        exitCode: 78,
        message: 'PostgreSQL did not create role pg_kong (42939)',
      });
      assert.deepEqual(lines, []);
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
