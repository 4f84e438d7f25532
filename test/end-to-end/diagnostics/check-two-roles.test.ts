import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { createScene, isHandedOver, type Scene, startOf } from '../../migrations/scene.ts';
import { quoted, type TwoRoles, withTwoRoles } from '../../migrations/two-roles.ts';
import { type EntrypointResult, runEntrypoint } from '../../world/kong-entrypoint.ts';
import { availablePostgresqlVersions } from '../../world/postgresql.ts';
import { DEFAULT_KNOBS, tableMigration } from '../../world/stand-in-kong/stand-in-kong.ts';

/* What `--check` says of two roles: each is judged by what it has to do, and what Kong's role may do beyond that is told. */

for (const version of availablePostgresqlVersions()) {
  describe(`--check of two roles on PostgreSQL ${version}`, () => {
    let scene: Scene;
    let environment: TwoRoles;
    before(async () => {
      scene = await createScene({ postgresql: { version } });
    });
    after(() => scene.close());
    beforeEach(async () => {
      scene.world.kong.configure({ migrations: DEFAULT_KNOBS.migrations });
      environment = await withTwoRoles(scene);
    });

    async function start(): Promise<void> {
      const result = await runEntrypoint(startOf(environment));
      assert.ok(isHandedOver(result), result.stderr);
    }

    function check(options: readonly string[] = []): Promise<EntrypointResult> {
      return runEntrypoint(startOf(environment, ['--check', ...options]));
    }

    function lineOf(name: string, { stdout }: EntrypointResult): string {
      const line = stdout.split('\n').find((one) => one.includes(` ${name} `)) ?? '';
      return line.replace(/ +\d+(\.\d)? m?s +/, ' ').trim();
    }

    /** The statements that are to end what Kong's role may do too much. */
    function statementsIn({ stdout }: EntrypointResult): string[] {
      const lines = stdout.split('\n').filter((line) => line.includes("could still change Kong's schema"));
      return lines.map((line) => /an administrator ends that with: (.+)$/.exec(line)?.[1] ?? '');
    }

    test('an empty schema, and one that is ready, are good as they are', async () => {
      const empty = await check();
      assert.equal(empty.exitCode, 0, empty.stdout);
      assert.match(
        lineOf('roles', empty),
        /^ok +roles Kong migrator; -- kong_\d+ migrates; Kong "runtime" kong_\d+ lacks rights, which a start grants$/,
      );
      assert.match(lineOf('rights', empty), /may create tables in schema public$/);
      await start();
      const ready = await check();
      assert.equal(ready.exitCode, 0, ready.stdout);
      assert.match(lineOf('roles', ready), /migrates, and Kong "runtime" kong_\d+ may use what is there$/);
      assert.deepEqual(statementsIn(ready), []);
    });

    test("Kong's role needs no CREATE; the migrator does where migrations would run", async () => {
      await start();
      const migrator = quoted(environment['KONG_ENTRYPOINT_MIGRATOR_PG_USER'] ?? '');
      await scene.ask(
        environment,
        `ALTER DATABASE ${environment.KONG_PG_DATABASE} OWNER TO postgres; REVOKE CREATE ON SCHEMA public FROM ${migrator}`,
      );
      assert.equal((await check(['--fast-path', 'off'])).exitCode, 0);
      scene.world.kong.configure({ migrations: [tableMigration('core', '024_370_to_380')] });
      const { exitCode, stdout } = await check(['--migrations', 'up']);
      assert.equal(exitCode, 1, stdout);
      assert.match(
        stdout,
        /x +migrations .*KONG_ENTRYPOINT_MIGRATOR_PG_USER: .*this role may not create tables in schema public/,
      );
    });

    test('a login of the migrator that is refused is told as its own', async () => {
      environment = { ...environment, KONG_ENTRYPOINT_MIGRATOR_PG_USER: 'nobody' };
      const { exitCode, stdout } = await check();
      assert.equal(exitCode, 77, stdout);
      assert.match(stdout, /^ +ok +database +\d.* logged in$/m);
      assert.match(
        stdout,
        /^ +x +migrator .*KONG_ENTRYPOINT_MIGRATOR_PG_PASSWORD_FILE \(.*\): nobody@127\.0\.0\.1:.*: PostgreSQL refused the login$/m,
      );
    });

    const kong = () => quoted(environment['KONG_PG_USER'] ?? '');
    const migrator = () => quoted(environment['KONG_ENTRYPOINT_MIGRATOR_PG_USER'] ?? '');
    const excess: Readonly<Record<string, readonly [given: () => string, ends: () => string]>> = {
      'it may create': [
        () => `GRANT CREATE ON SCHEMA public TO ${kong()}`,
        () => `REVOKE CREATE ON SCHEMA "public" FROM ${kong()}`,
      ],
      'everybody may create': [
        () => 'GRANT CREATE ON SCHEMA public TO PUBLIC',
        () => 'REVOKE CREATE ON SCHEMA "public" FROM PUBLIC',
      ],
      'it may truncate': [
        () => `GRANT TRUNCATE ON core_000_base TO ${kong()}`,
        () => `REVOKE TRUNCATE ON ALL TABLES IN SCHEMA "public" FROM ${kong()}`,
      ],
      'it owns a table': [
        () => `ALTER TABLE core_000_base OWNER TO ${kong()}; GRANT ALL ON core_000_base TO ${migrator()}`,
        () => `REASSIGN OWNED BY ${kong()} TO ${migrator()}`,
      ],
      'it owns the database': [
        () => `ALTER DATABASE ${environment.KONG_PG_DATABASE} OWNER TO ${kong()}`,
        () => `REASSIGN OWNED BY ${kong()} TO ${migrator()}`,
      ],
      'it is a member of the migrator': [
        () => `GRANT ${migrator()} TO ${kong()}`,
        () => `REVOKE ${migrator()} FROM ${kong()}`,
      ],
      'it is a superuser': [() => `ALTER ROLE ${kong()} SUPERUSER`, () => `ALTER ROLE ${kong()} NOSUPERUSER`],
    };
    for (const [what, [given, ends]] of Object.entries(excess)) {
      test(`a role of Kong's that could change the schema is warned of, where ${what}; the statement ends it, at length`, async () => {
        await start();
        await scene.ask(environment, given());
        const warned = await check();
        assert.equal(warned.exitCode, 0, warned.stdout);
        assert.deepEqual(statementsIn(warned), [ends()]);
        await scene.ask(environment, ends());
        assert.deepEqual(statementsIn(await check()), []);
      });
    }
  });
}
