import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { runEntrypoint, spawnEntrypoint } from '../world/kong-entrypoint.ts';
import { LIES, type StandInOptions, tableMigration } from '../world/stand-in-kong/stand-in-kong.ts';
import { createScene, isHandedOver, type Scene, startOf, type Variables } from './scene.ts';

/** The migrations of an Enterprise image, by what is public of its names. */
const enterprise: StandInOptions = {
  edition: 'enterprise',
  version: '3.10.0.2',
  migrations: [
    tableMigration('core', '000_base'),
    tableMigration('core', '003_100_to_110', true),
    tableMigration('acl', '000_base_acl'),
    tableMigration('enterprise', '000_base'),
    tableMigration('enterprise', '006_1301_to_1500', true),
    tableMigration('enterprise.acl', '001_1500_to_2100'),
  ],
};

const shapes: Readonly<Record<string, StandInOptions>> = { 'open-source': {}, Enterprise: enterprise };

for (const [shape, kong] of Object.entries(shapes)) {
  describe(`a cold start of a Kong of the ${shape} shape`, () => {
    let scene: Scene;
    before(async () => {
      scene = await createScene({ kong });
    });
    after(() => scene.close());

    const ranOf = (environment: Variables): string[] =>
      scene.recordOf(environment).map(({ arguments: words }) => words.slice(0, 2).join(' '));

    for (const policy of ['bootstrap', 'up', 'finish']) {
      test(`runs one kong process with the policy ${policy}, and the warm start after it none`, async () => {
        const environment = await scene.freshEnvironment();
        const options = ['--migrations', policy];
        const cold = await runEntrypoint(startOf(environment, options));
        assert.ok(isHandedOver(cold), cold.stderr);
        assert.match(cold.stderr, /info: schema ready \(up to date\) in /);
        assert.deepEqual(ranOf(environment), ['migrations bootstrap']);
        const warm = await runEntrypoint(startOf(environment, options));
        assert.ok(isHandedOver(warm), warm.stderr);
        assert.match(warm.stderr, /info: schema ready \(remembered/);
        assert.deepEqual(ranOf(environment), ['migrations bootstrap']);
      });
    }

    test('runs one as the command kong migrations bootstrap, too', async () => {
      const environment = await scene.freshEnvironment();
      const result = await runEntrypoint(startOf(environment, [], { words: ['kong', 'migrations', 'bootstrap'] }));
      assert.equal(result.exitCode, 0, result.stderr);
      assert.match(result.stderr, /info: after kong migrations bootstrap: up to date$/m);
      assert.deepEqual(ranOf(environment), ['migrations bootstrap']);
    });

    for (const lie of LIES) {
      test(`asks Kong after a bootstrap that lies: ${lie}${shape === 'open-source' ? '' : ', at length'}`, async () => {
        const fault = { kind: 'lie', how: lie, on: 'migrations bootstrap', times: 1 } as const;
        scene.world.kong.clearRecord();
        scene.world.kong.configure({ faults: [fault], lockSeconds: 1 });
        const environment = await scene.freshEnvironment();
        const result = await runEntrypoint(startOf(environment));
        scene.world.kong.configure({ faults: [] });
        assert.ok(isHandedOver(result), result.stderr);
        const [first, second] = ranOf(environment);
        assert.equal(first, 'migrations bootstrap');
        assert.equal(second, lie === 'nothing' ? 'migrations bootstrap' : 'migrations status');
      });
    }

    test('asks Kong where the lock was lost meanwhile, though it was taken again', async () => {
      scene.world.kong.configure({ stepMilliseconds: 300 });
      const environment = await scene.freshEnvironment();
      const running = await spawnEntrypoint(startOf(environment));
      await running.waitForLine('core migrated up to');
      await scene.ask(
        environment,
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
      );
      const result = await running.finished;
      scene.world.kong.configure({ stepMilliseconds: 0 });
      assert.ok(isHandedOver(result), result.stderr);
      assert.match(result.stderr, /warn: the lock was taken again/);
      assert.deepEqual(ranOf(environment), ['migrations bootstrap', 'migrations status']);
    });
  });
}
