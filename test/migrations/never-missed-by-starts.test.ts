import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { runEntrypoint } from '../world/kong-entrypoint.ts';
import { DEFAULT_KNOBS, type Migration, tableMigration } from '../world/stand-in-kong/stand-in-kong.ts';
import { createScene, isHandedOver, runsOf, type Scene, startOf } from './scene.ts';

let scene: Scene;
before(async () => {
  scene = await createScene();
});
after(() => scene.close());

/** Where a new migration may come from; the one that is none changes what is beside the migrations. */
const additions: readonly (Migration | undefined)[] = [
  tableMigration('core', '024_370_to_380'),
  tableMigration('acl', '001_more_acl'),
  tableMigration('jwt', '000_base_jwt'),
  tableMigration('enterprise', '000_base'),
  tableMigration('enterprise', '001_next'),
  tableMigration('enterprise.acl', '001_1500_to_2100'),
  undefined,
];

const image = fc.record({
  edition: fc.constantFrom('open-source' as const, 'enterprise' as const),
  first: fc.subarray([tableMigration('enterprise', '000_base'), tableMigration('enterprise.acl', '000_base')]),
  added: fc.constantFrom(...additions),
});

for (const [rounds, length] of [
  [6, ''],
  [100, ', at length'],
] as const) {
  test(`a start that remembers runs Kong for each migration that is new, in ${rounds} random images${length}`, async (t) => {
    const seen = { new: 0, remembered: 0 };
    for (const { edition, first, added } of fc.sample(image, rounds)) {
      const migrations = [...DEFAULT_KNOBS.migrations, ...first];
      scene.world.kong.configure({ edition, migrations });
      const environment = await scene.freshEnvironment();
      assert.ok(isHandedOver(await runEntrypoint(startOf(environment))));
      const isThere = migrations.some((one) => one.subsystem === added?.subsystem && one.name === added.name);
      const isNew = added !== undefined && !isThere;
      scene.world.kong.configure({ edition, migrations: isNew ? [...migrations, added] : migrations });
      scene.world.kong.clearRecord();
      const result = await runEntrypoint(startOf(environment));
      const asked = runsOf(scene.recordOf(environment), 'status').length;
      assert.deepEqual(
        [result.exitCode, asked],
        isNew ? [78, 1] : [0, 0],
        `${edition} ${JSON.stringify(added)} ${result.stderr}`,
      );
      seen[isNew ? 'new' : 'remembered'] += 1;
    }
    t.diagnostic(JSON.stringify(seen));
    assert.ok(rounds < 100 || (seen.new > 10 && seen.remembered > 10));
  });
}
