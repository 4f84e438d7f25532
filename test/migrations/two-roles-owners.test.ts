import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { runEntrypoint } from '../world/kong-entrypoint.ts';
import { availablePostgresqlVersions } from '../world/postgresql.ts';
import { KONG_PASSWORD } from '../world/world.ts';
import { createScene, isHandedOver, type Scene, startOf, type Variables, verdict } from './scene.ts';
import { assertLeastRights, MIGRATOR_PASSWORD, quoted, type TwoRoles, withTwoRoles } from './two-roles.ts';

/** Who owns what: a database from nothing, an installation that moves to two roles and back, and owners who are neither. */
for (const version of availablePostgresqlVersions()) {
  describe(`the owners of Kong's tables on PostgreSQL ${version}`, () => {
    let scene: Scene;
    before(async () => {
      scene = await createScene({ postgresql: { version } });
      await scene.world.postgresql.createRole('master', 'hunter2-master', 'CREATEROLE CREATEDB');
    });
    after(() => scene.close());
    beforeEach(() => scene.world.kong.configure({ faults: [] }));

    async function start(environment: Variables, options: readonly string[] = []): Promise<string> {
      const result = await runEntrypoint(startOf(environment, options));
      assert.ok(isHandedOver(result), result.stderr);
      return result.stderr;
    }

    function secretFile(name: string, text: string): string {
      const path = join(scene.world.folder, name);
      writeFileSync(path, `${text}\n`);
      return path;
    }

    /** An admin like the master user of RDS, or the superuser. */
    function provisionedBy(user: string, password: string): Variables {
      return {
        KONG_ENTRYPOINT_PROVISION: 'on',
        KONG_ENTRYPOINT_ADMIN_PG_USER: user,
        KONG_ENTRYPOINT_ADMIN_PG_PASSWORD_FILE: secretFile(`admin-${user}`, password),
      };
    }

    test('--provision on makes both roles, and the database for the one that migrates', async () => {
      const { postgresql } = scene.world;
      const environment = {
        ...(await scene.freshEnvironment()),
        KONG_PG_DATABASE: 'from "nothing"',
        KONG_PG_USER: 'runs',
        KONG_ENTRYPOINT_MIGRATOR_PG_USER: 'migrates',
        KONG_ENTRYPOINT_MIGRATOR_PG_PASSWORD_FILE: secretFile('migrates', MIGRATOR_PASSWORD),
        ...provisionedBy(postgresql.superuser, postgresql.superuserPassword),
      };
      const stderr = await start(environment);
      assert.match(stderr, /info: role migrates and role runs and database from "nothing" created$/m);
      const [database] = await postgresql.query(
        `SELECT pg_get_userbyid(datdba)::text AS owner FROM pg_database WHERE datname = 'from "nothing"'`,
      );
      assert.equal(database?.['owner'], 'migrates');
      await assertLeastRights(scene, environment);
      const warm = await start({
        ...environment,
        KONG_ENTRYPOINT_ADMIN_PG_PASSWORD_FILE: secretFile('wrong', 'wrong'),
      });
      assert.match(warm, /schema ready \(remembered/, 'a warm start needs no admin either');
    });

    test('--provision sync sets the password of either role where PostgreSQL refuses it', async () => {
      const { postgresql } = scene.world;
      const environment: Variables = {
        ...(await withTwoRoles(scene)),
        ...provisionedBy(postgresql.superuser, postgresql.superuserPassword),
        KONG_ENTRYPOINT_PROVISION: 'sync',
      };
      for (const name of ['KONG_PG_USER', 'KONG_ENTRYPOINT_MIGRATOR_PG_USER'] as const) {
        await postgresql.query(`ALTER ROLE ${quoted(environment[name] ?? '')} PASSWORD 'forgotten'`);
      }
      const stderr = await start(environment);
      assert.match(
        stderr,
        /the password of role Kong migrator; -- kong_\d+ was set to that of KONG_ENTRYPOINT_MIGRATOR_PG_PASSWORD: /,
      );
      assert.match(stderr, /the password of role Kong "runtime" kong_\d+ was set to that of KONG_PG_PASSWORD: /);
      await assertLeastRights(scene, environment);
    });

    test('an admin who is not a superuser makes both roles as well', async () => {
      const environment = {
        ...(await scene.freshEnvironment()),
        KONG_PG_DATABASE: 'by_master',
        KONG_PG_USER: 'runs_too',
        KONG_ENTRYPOINT_MIGRATOR_PG_USER: 'migrates_too',
        KONG_ENTRYPOINT_MIGRATOR_PG_PASSWORD_FILE: secretFile('migrates', MIGRATOR_PASSWORD),
        ...provisionedBy('master', 'hunter2-master'),
      };
      const stderr = await start(environment);
      assert.match(stderr, /info: role migrates_too and role runs_too and database by_master created$/m);
      // Before PostgreSQL 15 everybody may create in the schema public, and only its owner, here the superuser, ends that.
      if (version < 15) await scene.ask(environment, 'REVOKE CREATE ON SCHEMA public FROM PUBLIC');
      await assertLeastRights(scene, environment);
    });

    test('an installation with one role moves to two, back, and forth again: nothing changes its owner', async () => {
      const one = await scene.freshEnvironment();
      await start(one);
      await scene.ask(
        one,
        "INSERT INTO core_000_base (id, name) VALUES ('00000000-0000-0000-0000-000000000001', 'kept')",
      );
      const runtime = `runtime_${one.KONG_PG_DATABASE}`;
      // The one command: a role for Kong. The role that owns the tables stays their owner, and migrates from now on.
      await scene.ask(one, `CREATE ROLE ${runtime} LOGIN PASSWORD '${KONG_PASSWORD}'`);
      if (version < 15)
        await scene.ask(one, 'REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT CREATE ON SCHEMA public TO kong');
      const two = {
        ...one,
        KONG_PG_USER: runtime,
        KONG_ENTRYPOINT_MIGRATOR_PG_USER: 'kong',
        KONG_ENTRYPOINT_MIGRATOR_PG_PASSWORD_FILE: secretFile('old', KONG_PASSWORD),
      };
      const owners = () =>
        scene.ask(one, "SELECT tablename, tableowner FROM pg_tables WHERE schemaname = 'public' ORDER BY 1");
      const before = await owners();
      assert.match(await start(two), new RegExp(`info: role ${runtime} was granted the use of \\d+ tables`));
      await assertLeastRights(scene, two);
      assert.match(await start(two), /schema ready \(remembered/);
      assert.match(await start(one), /schema ready \(remembered/, 'and back');
      assert.doesNotMatch(await start(two), /granted/, 'and forth again');
      assert.deepEqual(await owners(), before);
      assert.deepEqual(await scene.ask(one, 'SELECT name FROM core_000_base'), [{ name: 'kept' }]);
    });

    /** Refused, with one statement, which a superuser runs; then a start goes through. */
    async function refusedUntil(
      environment: TwoRoles,
      expected: readonly [error: RegExp, statement: RegExp],
    ): Promise<void> {
      const refused = await runEntrypoint(startOf(environment));
      const [error = '', hint = ''] = verdict(refused);
      assert.equal(refused.exitCode, 77, refused.stderr);
      assert.match(error, expected[0]);
      const statement = /run: (.+)$/.exec(hint)?.[1] ?? '';
      assert.match(statement, expected[1]);
      await scene.ask(environment, statement);
      await start(environment);
      await assertLeastRights(scene, environment);
    }

    test('tables of somebody else are refused, and the one statement that is told heals it, at length', async () => {
      const environment = await withTwoRoles(scene);
      const { KONG_PG_DATABASE: database } = environment;
      await start({ ...environment, ...(await migratingAs(`old "${database}"`, environment)) });
      await scene.ask(
        environment,
        `ALTER DATABASE ${database} OWNER TO ${quoted(environment['KONG_ENTRYPOINT_MIGRATOR_PG_USER'] ?? '')}`,
      );
      await scene.ask(
        environment,
        `REVOKE ALL ON ALL TABLES IN SCHEMA public FROM ${quoted(environment['KONG_PG_USER'] ?? '')}`,
      );
      await refusedUntil(environment, [
        /^error: KONG_ENTRYPOINT_MIGRATOR_PG_USER: Kong's tables in schema public belong to old "kong_\d+", and Kong migrator; -- kong_\d+ may not change them$/,
        /^GRANT "old ""kong_\d+""" TO "Kong migrator; -- kong_\d+"$/,
      ]);
    });

    /** Another role in the migrator's place, which may do the same. */
    async function migratingAs(role: string, { KONG_PG_DATABASE }: TwoRoles): Promise<Variables> {
      await scene.world.postgresql.createRole(role, MIGRATOR_PASSWORD);
      await scene.ask({ KONG_PG_DATABASE }, `GRANT CREATE ON SCHEMA public TO ${quoted(role)}`);
      return { KONG_ENTRYPOINT_MIGRATOR_PG_USER: role };
    }

    test(
      'tables of a superuser become the migrator’s by the one statement that is told'.replace('’', "'"),
      async () => {
        const environment = await withTwoRoles(scene);
        await start(environment);
        await scene.ask(
          environment,
          `DO $$ BEGIN EXECUTE (SELECT string_agg(format('ALTER TABLE %I OWNER TO postgres', tablename), ';') FROM pg_tables WHERE schemaname = 'public'); END $$;
         REVOKE ALL ON ALL TABLES IN SCHEMA public FROM ${quoted(environment['KONG_PG_USER'] ?? '')}`,
        );
        await refusedUntil(environment, [
          /Kong's tables in schema public belong to postgres, and /,
          /^DO \$\$ BEGIN EXECUTE /,
        ]);
      },
    );

    test('one table of somebody else is refused, and the one statement that is told heals it', async () => {
      const environment = await withTwoRoles(scene);
      await start(environment);
      await scene.ask(environment, 'CREATE TABLE "their table" (id int)');
      await refusedUntil(environment, [
        /^error: KONG_ENTRYPOINT_MIGRATOR_PG_USER: Kong migrator; -- kong_\d+ may not grant Kong "runtime" kong_\d+ what it needs: table public\."their table" of postgres$/,
        /^GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE public\."their table" TO "Kong ""runtime"" kong_\d+"$/,
      ]);
    });

    test('a search path that leads the roles to different schemas is refused, at length', async () => {
      const environment = await withTwoRoles(scene);
      await scene.ask(
        environment,
        `CREATE SCHEMA elsewhere; ALTER ROLE ${quoted(environment['KONG_PG_USER'] ?? '')} SET search_path = elsewhere, public`,
      );
      const refused = await runEntrypoint(startOf(environment));
      assert.equal(refused.exitCode, 78, refused.stderr);
      assert.match(
        verdict(refused)[0] ?? '',
        /KONG_PG_SCHEMA: it is not set, and the roles look for Kong's tables in different schemas: Kong migrator; -- kong_\d+ in public, Kong "runtime" kong_\d+ in elsewhere$/,
      );
      await start({ ...environment, KONG_PG_SCHEMA: 'public' });
    });

    test('a role of Kong that does not exist is refused before anything is made', async () => {
      const environment = { ...(await withTwoRoles(scene)), KONG_PG_USER: 'nobody here' };
      const words = ['kong', 'migrations', 'bootstrap'];
      const refused = await runEntrypoint(startOf(environment, [], { words }));
      assert.equal(refused.exitCode, 78, refused.stderr);
      assert.match(verdict(refused)[0] ?? '', /^error: KONG_PG_USER: role nobody here does not exist/);
      assert.deepEqual(await scene.ask(environment, "SELECT FROM pg_tables WHERE schemaname = 'public'"), []);
    });
  });
}
