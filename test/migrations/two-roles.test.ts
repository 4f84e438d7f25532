import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { runEntrypoint } from '../world/kong-entrypoint.ts';
import { availablePostgresqlVersions } from '../world/postgresql.ts';
import { DEFAULT_KNOBS, tableMigration } from '../world/stand-in-kong/stand-in-kong.ts';
import { KONG_PASSWORD } from '../world/world.ts';
import { createScene, isHandedOver, repeated, runsOf, type Scene, startOf, stepsOf, type Variables } from './scene.ts';
import {
  asKong,
  assertLeastRights,
  MIGRATOR_PASSWORD,
  quoted,
  rightsIn,
  type TwoRoles,
  withTwoRoles,
} from './two-roles.ts';

const first = DEFAULT_KNOBS.migrations;
const second = [...first, tableMigration('core', '024_370_to_380', true), tableMigration('my-plugin', '000_base')];

for (const version of availablePostgresqlVersions()) {
  describe(`with two roles on PostgreSQL ${version}`, () => {
    let scene: Scene;
    let environment: TwoRoles;
    before(async () => {
      scene = await createScene({ postgresql: { version } });
    });
    after(() => scene.close());
    beforeEach(async () => {
      scene.world.kong.configure({ migrations: first, faults: [], stepMilliseconds: 0 });
      environment = await withTwoRoles(scene);
    });

    async function start(options: readonly string[] = [], more: Variables = {}) {
      const result = await runEntrypoint(startOf({ ...environment, ...more }, options));
      assert.ok(isHandedOver(result), result.stderr);
      return result;
    }

    test('a bootstrap, up and finish run as the migrator, and leave Kong the use of every table and no more', async () => {
      const { stderr } = await start();
      assert.match(
        stderr,
        /info: role Kong "runtime" kong_\d+ was granted the use of \d+ tables, what is yet to be made there in schema public$/m,
      );
      await assertLeastRights(scene, environment);
      scene.world.kong.configure({ migrations: second });
      await start(['--migrations', 'finish']);
      await assertLeastRights(scene, environment);
      const runs = [
        ...runsOf(scene.recordOf(environment), 'bootstrap'),
        ...runsOf(scene.recordOf(environment), 'up'),
        ...runsOf(scene.recordOf(environment), 'finish'),
      ];
      assert.deepEqual(
        runs.map(({ arguments: [, step] }) => step),
        ['bootstrap', 'up', 'finish'],
      );
      for (const run of runs) {
        assert.equal(run.environment['KONG_PG_USER'], environment['KONG_ENTRYPOINT_MIGRATOR_PG_USER']);
        assert.equal(run.environment['KONG_PG_PASSWORD'], MIGRATOR_PASSWORD);
        assert.deepEqual(
          Object.keys(run.environment).filter((name) => name.startsWith('KONG_ENTRYPOINT_')),
          [],
        );
      }
    });

    test(`a warm start is done by Kong's role alone: it runs no Kong, and changes no right`, async () => {
      await start();
      const before = await rightsIn(scene, environment);
      scene.world.kong.clearRecord();
      const { stderr } = await start([], {
        KONG_ENTRYPOINT_MIGRATOR_PG_PASSWORD_FILE: '',
        KONG_ENTRYPOINT_MIGRATOR_PG_PASSWORD: '{vault://env/is-not-there}',
      });
      assert.match(stderr, /info: schema ready \(remembered; --fast-path off asks Kong\)/);
      assert.deepEqual(
        scene.recordOf(environment).filter(({ arguments: [word] }) => word === 'migrations'),
        [],
      );
      assert.deepEqual(await rightsIn(scene, environment), before);
      await start(['--fast-path', 'off']);
      assert.deepEqual(await rightsIn(scene, environment), before, 'a start that asks Kong changes no right either');
    });

    test('a plugin that comes later can be used at the end of the start that ran its migrations', async () => {
      await start();
      scene.world.kong.configure({ migrations: second });
      await start(['--migrations', 'up']);
      const plugin = `INSERT INTO my_plugin_000_base (id) VALUES ('00000000-0000-0000-0000-000000000001')`;
      assert.equal(await asKong(scene, environment, plugin), 'done');
      await assertLeastRights(scene, environment);
    });

    test('a right that somebody revoked is granted again by the next start, which is a warm one otherwise', async () => {
      await start();
      await scene.ask(environment, `REVOKE INSERT ON core_000_base FROM ${quoted(environment['KONG_PG_USER'] ?? '')}`);
      const { stderr } = await start();
      assert.match(stderr, /info: role Kong "runtime" kong_\d+ was granted the use of 1 table in schema public$/m);
      assert.match(stderr, /info: schema ready \(remembered/);
      await assertLeastRights(scene, environment);
    });

    test('tables that the migrator makes by hand can be used at once, at length', async () => {
      await start();
      const migrator = {
        ...environment,
        KONG_PG_USER: environment['KONG_ENTRYPOINT_MIGRATOR_PG_USER'] ?? '',
        KONG_PG_PASSWORD: MIGRATOR_PASSWORD,
        KONG_ENTRYPOINT_MIGRATOR_PG_USER: '',
        KONG_ENTRYPOINT_MIGRATOR_PG_PASSWORD_FILE: '',
      };
      scene.world.kong.configure({ migrations: second });
      await scene.kong(migrator, 'up');
      await assertLeastRights(scene, environment);
    });

    test('a schema of its own, with a name that needs quotes, is granted as well', async () => {
      const schema = `Kong's "own"`;
      environment = { ...environment, KONG_PG_SCHEMA: schema };
      await start();
      await assertLeastRights(scene, environment, schema);
      assert.equal(await asKong(scene, environment, `SELECT * FROM ${quoted(schema)}.schema_meta`), 'done');
      assert.equal(await asKong(scene, environment, `CREATE TABLE ${quoted(schema)}.mine ()`), '42501');
      scene.world.kong.clearRecord();
      await start();
      assert.deepEqual(
        scene.recordOf(environment).filter(({ arguments: [word] }) => word === 'migrations'),
        [],
      );
    });

    test('pg_ro_user is granted SELECT, and nothing else', async () => {
      const reader = `reader ${environment.KONG_PG_DATABASE}`;
      await scene.world.postgresql.createRole(reader, KONG_PASSWORD);
      await start([], { KONG_PG_RO_USER: reader });
      const asReader = { ...environment, KONG_PG_USER: reader };
      assert.equal(await asKong(scene, asReader, 'SELECT * FROM core_000_base'), 'done');
      assert.equal(await asKong(scene, asReader, 'DELETE FROM core_000_base'), '42501');
    });

    test('an interrupted bootstrap is repaired, and its tables granted', async () => {
      scene.world.kong.configure({
        faults: [{ kind: 'exit', on: 'migrations bootstrap', code: 1, afterSteps: 3, times: 1 }],
      });
      const failed = await runEntrypoint(startOf(environment));
      assert.equal(failed.exitCode, 1, failed.stderr);
      scene.world.kong.configure({ faults: [] });
      const { stderr } = await start();
      assert.match(stderr, /warn: an earlier bootstrap of this schema was interrupted/);
      await assertLeastRights(scene, environment);
    });

    test('20 starts at once: one bootstraps, all hand over, and Kong may use all, at length', async () => {
      scene.world.kong.configure({ stepMilliseconds: 20, tableCreationMilliseconds: 100 });
      const results = await Promise.all(Array.from({ length: 20 }, () => runEntrypoint(startOf(environment))));
      const left = results.find((result) => !isHandedOver(result));
      assert.equal(left, undefined, left?.stderr);
      const record = scene.recordOf(environment);
      assert.equal(runsOf(record, 'bootstrap').length, 1);
      assert.deepEqual(repeated(stepsOf(record)), []);
      await assertLeastRights(scene, environment);
    });
  });
}
