import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { runEntrypoint, spawnEntrypoint } from '../world/kong-entrypoint.ts';
import { type Pgbouncer, startPgbouncer, whyNoPgbouncer } from '../world/pgbouncer.ts';
import { KONG_PASSWORD, KONG_USER } from '../world/world.ts';
import { createScene, isHandedOver, repeated, type Scene, startOf, stepsOf, type Variables } from './scene.ts';

/** Kong's own row in `locks` lives for its 60 s here: what heals before that was not waited for. */
const HEALED = 15_000;
const EXPIRES = "so far: Kong's own lock row on the migrations expires in \\d+ s: ";

let scene: Scene;
let pooler: Pgbouncer | undefined;

before(async () => {
  assert.equal(whyNoPgbouncer(), false);
  scene = await createScene({ kong: { stepMilliseconds: 500 } });
  await scene.freshEnvironment();
  pooler = await startPgbouncer({
    serverPort: scene.world.postgresql.port,
    user: KONG_USER,
    password: KONG_PASSWORD,
    poolSize: 8,
  });
});
after(async () => {
  await pooler?.close();
  await scene?.close();
});

/** A database in which a bootstrap was killed, `kong migrations` and all. */
async function afterKill(through = scene.world.postgresql.port): Promise<Variables> {
  const environment = { ...(await scene.freshEnvironment()), KONG_PG_PORT: String(through) };
  const running = await spawnEntrypoint(startOf(environment));
  await running.waitForLine('core migrated up to: 003_100_to_110');
  running.kill();
  await running.finished;
  return environment;
}

async function ownersOf(environment: Variables): Promise<unknown[]> {
  return (await scene.ask<{ owner: string }>(environment, 'SELECT owner FROM locks WHERE ttl > now()')).map(
    ({ owner }) => owner,
  );
}

async function assertMended(environment: Variables, result: Awaited<ReturnType<typeof runEntrypoint>>): Promise<void> {
  assert.ok(isHandedOver(result), result.stderr);
  assert.deepEqual(repeated(stepsOf(scene.recordOf(environment).slice(1))), [], 'no step twice after the kill');
}

describe("the row that a killed bootstrap left in Kong's table locks", { concurrency: true }, () => {
  test('goes after three seconds in which nobody was connected, and the next start repairs the schema', async () => {
    const environment = await afterKill();
    assert.equal((await ownersOf(environment)).length, 1);
    const result = await runEntrypoint(startOf(environment));
    await assertMended(environment, result);
    assert.match(result.stderr, /warn: removed the row that an interrupted bootstrap had left in Kong's table locks$/m);
    assert.ok(result.durationMs < HEALED, `${result.durationMs} ms`);
  });

  test('goes also while others of our starts wait', async () => {
    const environment = await afterKill();
    const results = await Promise.all([1, 2, 3].map(() => runEntrypoint(startOf(environment))));
    for (const result of results) {
      await assertMended(environment, result);
      assert.ok(result.durationMs < 2 * HEALED, `${result.durationMs} ms`);
    }
  });

  test('stays while somebody is connected who could be the killed run', async () => {
    const environment = await afterKill();
    const other = await scene.world.postgresql.connect({
      user: KONG_USER,
      password: KONG_PASSWORD,
      database: environment['KONG_PG_DATABASE'] ?? '',
    });
    const next = await spawnEntrypoint(startOf(environment));
    const life = 'PostgreSQL process \\d+ at 127.0.0.1 since [\\d:]+ UTC is connected';
    await next.waitForLine(new RegExp(`${EXPIRES}an interrupted start of ours left it, but ${life}`));
    await sleep(5000);
    assert.equal((await ownersOf(environment)).length, 1);
    await other.end();
    await assertMended(environment, await next.finished);
    assert.match(next.stderr(), /removed the row that/);
  });

  test('of a kong migrations that somebody has started by hand meanwhile is never touched', async () => {
    const environment = await afterKill();
    await scene.ask(environment, 'DELETE FROM locks');
    const byHand = await spawnEntrypoint({
      ...startOf(environment),
      program: [scene.world.kong.kong],
      args: ['migrations', 'up'],
    });
    await byHand.waitForLine('migrated up to: ');
    const [owner] = await ownersOf(environment);
    const next = await spawnEntrypoint(startOf(environment));
    await next.waitForLine(new RegExp(`${EXPIRES}no interrupted start of ours is known to have left it`));
    assert.deepEqual(await ownersOf(environment), [owner]);
    assert.equal((await byHand.finished).exitCode, 0);
    const result = await next.finished;
    assert.ok(isHandedOver(result), result.stderr);
    assert.doesNotMatch(result.stderr, /removed the row that/);
  });

  test('stays behind a pooler, which hides who is connected', async () => {
    const environment = await afterKill(pooler?.port);
    const next = await spawnEntrypoint(startOf(environment));
    await next.waitForLine(
      new RegExp(
        `${EXPIRES}an interrupted start of ours left it, but a pooler is between, behind which somebody may still be connected`,
      ),
    );
    next.kill();
    await next.finished;
    assert.equal((await ownersOf(environment)).length, 1);
  });
});
