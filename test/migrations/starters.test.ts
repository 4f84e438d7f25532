import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { runEntrypoint } from '../world/kong-entrypoint.ts';
import { availablePostgresqlVersions } from '../world/postgresql.ts';
import { createScene, isHandedOver, repeated, runsOf, type Scene, startOf, stepsOf } from './scene.ts';
import { sizes } from './sizes.ts';

/** The steps of the stand-in's eight migrations, three of which have a teardown. */
const STEPS = 11;

for (const version of availablePostgresqlVersions()) {
  describe(`on an empty database of PostgreSQL ${version}`, () => {
    let scene: Scene;
    before(async () => {
      scene = await createScene({
        postgresql: { version },
        kong: { stepMilliseconds: 20, tableCreationMilliseconds: 100 },
      });
    });
    after(() => scene.close());

    const rounds = version === 18 ? sizes.rounds : sizes.roundsOnTheOldest;
    test(`of ${sizes.starters} starters at once all hand over and one bootstraps`, (t) => startAtOnce(rounds, t));
    if (version === 18) test('and so they do at length', (t) => startAtOnce(sizes.roundsAtLength, t));

    async function startAtOnce(times: number, t: TestContext): Promise<void> {
      const counts = { starts: 0, handedOver: 0, bootstraps: 0, steps: 0, stepsTwice: 0 };
      for (let round = 0; round < times; round++) {
        const environment = await scene.freshEnvironment();
        const starts = Array.from({ length: sizes.starters }, () => runEntrypoint(startOf(environment)));
        const results = await Promise.all(starts);
        const record = scene.recordOf(environment);
        const steps = stepsOf(record);
        counts.starts += results.length;
        counts.handedOver += results.filter(isHandedOver).length;
        counts.bootstraps += runsOf(record, 'bootstrap').length;
        counts.steps += steps.length;
        counts.stepsTwice += repeated(steps).length;
        const left = results.find((result) => !isHandedOver(result));
        assert.equal(left, undefined, left?.stderr);
        assert.equal(runsOf(record, 'bootstrap').length, 1, `round ${round}`);
        assert.deepEqual([...runsOf(record, 'up'), ...runsOf(record, 'finish')], []);
      }
      t.diagnostic(`PostgreSQL ${version}: ${times} rounds: ${JSON.stringify(counts)}`);
      const starts = times * sizes.starters;
      assert.deepEqual(counts, {
        starts,
        handedOver: starts,
        bootstraps: times,
        steps: times * STEPS,
        stepsTwice: 0,
      });
    }
  });
}
