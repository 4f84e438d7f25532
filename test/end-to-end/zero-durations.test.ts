import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createScene, isHandedOver, type Scene, startOf, type Variables } from '../migrations/scene.ts';
import { runEntrypoint } from '../world/kong-entrypoint.ts';

/* What a duration of 0 means: no bound, but for PostgreSQL, which then may not be away at all. */

let scene: Scene;
before(async () => {
  scene = await createScene();
});
after(() => scene.close());

const AWAY = { KONG_PG_PORT: '1' };

type Row = {
  readonly options: readonly string[];
  readonly variables?: Variables;
  /** Another start bootstraps the schema while this one waits. */
  readonly isMigratedLater?: true;
  readonly exitCode: number;
};

const rows: Readonly<Record<string, Row>> = {
  'all waiting, with nothing to wait for': { options: ['--timeout', '0'], exitCode: 0 },
  'all waiting, for the migrations of somebody else': {
    options: ['--timeout', '0', '--migrations', 'wait'],
    isMigratedLater: true,
    exitCode: 0,
  },
  'all waiting, with PostgreSQL away': {
    options: ['--timeout', '0', '--database-timeout', '1s'],
    variables: AWAY,
    exitCode: 75,
  },
  'a running migration': { options: ['--migrations-timeout', '0'], exitCode: 0 },
  'PostgreSQL away, which is there': { options: ['--database-timeout', '0'], exitCode: 0 },
  'PostgreSQL away, which is away': { options: ['--database-timeout', '0'], variables: AWAY, exitCode: 75 },
};

describe('0 for', () => {
  for (const [name, { options, variables, isMigratedLater, exitCode }] of Object.entries(rows)) {
    test(`${name}: ${exitCode}`, async () => {
      const environment = { ...(await scene.freshEnvironment()), ...variables };
      const starting = runEntrypoint(startOf(environment, options));
      if (isMigratedLater) {
        await pause(1500);
        await runEntrypoint(startOf(environment));
      }
      const result = await starting;
      assert.equal(result.exitCode, exitCode, result.stderr);
      assert.equal(isHandedOver(result), exitCode === 0);
    });
  }
});
