import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { programs } from '../end-to-end/programs.ts';
import { runEntrypoint, spawnEntrypoint } from '../world/kong-entrypoint.ts';
import { type Pgbouncer, startPgbouncer, whyNoPgbouncer } from '../world/pgbouncer.ts';
import { KONG_PASSWORD, KONG_USER } from '../world/world.ts';
import {
  createScene,
  isHandedOver,
  repeated,
  runsOf,
  type Scene,
  startOf,
  stepsOf,
  type Variables,
  verdict,
} from './scene.ts';
import { sizes } from './sizes.ts';

const POOL = 5;

let scene: Scene;
let pooler: Pgbouncer;

before(async () => {
  assert.equal(whyNoPgbouncer(), false);
  scene = await createScene({ kong: { stepMilliseconds: 50 } });
  pooler = await startPgbouncer({
    serverPort: scene.world.postgresql.port,
    user: KONG_USER,
    password: KONG_PASSWORD,
    poolSize: POOL,
  });
});
after(async () => {
  await pooler?.close();
  await scene?.close();
});

async function throughPooler(): Promise<Variables & { readonly KONG_PG_DATABASE: string }> {
  return { ...(await scene.freshEnvironment()), KONG_PG_PORT: String(pooler.port) };
}

for (const program of programs) {
  test(`through a pooler in transaction mode, ${sizes.starters} starters of the ${program.name} hand over, and one bootstraps`, async (t) => {
    const environment = await throughPooler();
    const most = watchServerConnections(environment.KONG_PG_DATABASE);
    const starts = Array.from({ length: sizes.starters }, () => runEntrypoint(startOf(environment, [], { program })));
    const results = await Promise.all(starts);
    for (const result of results) assert.ok(isHandedOver(result), result.stderr);
    const record = scene.recordOf(environment);
    assert.equal(runsOf(record, 'bootstrap').length, 1);
    assert.deepEqual(repeated(stepsOf(record)), []);
    const connections = await most();
    t.diagnostic(
      `${results.length} starters, ${stepsOf(record).length} steps, at most ${connections} server connections`,
    );
    assert.ok(connections > 0 && connections <= POOL);
    assert.doesNotMatch(pooler.log(), /unsupported startup parameter/);
  });
}

/** Counts what the pooler opens to this database, until it is asked for the most. */
function watchServerConnections(database: string): () => Promise<number> {
  const counts: Promise<number>[] = [];
  const count = async (): Promise<number> => {
    const sql = `SELECT 1 FROM pg_stat_activity WHERE datname = '${database}' AND usename = '${KONG_USER}'`;
    return (await scene.world.postgresql.query(sql)).length;
  };
  const timer = setInterval(() => counts.push(count()), 250);
  return async () => {
    clearInterval(timer);
    return Math.max(0, ...(await Promise.all(counts)));
  };
}

test('the lock excludes a start through the pooler from one beside it, and the other way round', async () => {
  for (const firstThroughPooler of [true, false]) {
    const direct = await scene.freshEnvironment();
    const pooled = { ...direct, KONG_PG_PORT: String(pooler.port) };
    const [first, second] = firstThroughPooler ? [pooled, direct] : [direct, pooled];
    const running = await spawnEntrypoint(startOf(first));
    await running.waitForLine('core migrated up to: 000_base');
    const waiting = await spawnEntrypoint(startOf(second));
    await waiting.waitForLine(
      /waiting for the lock on schema public, held by PostgreSQL process \d+ at 127\.0\.0\.1 since [\d:]+ UTC; /,
    );
    assert.doesNotMatch(running.stderr(), /handing over/, 'the first is still at work');
    for (const result of [await running.finished, await waiting.finished])
      assert.ok(isHandedOver(result), result.stderr);
    assert.equal(runsOf(scene.recordOf(direct), 'bootstrap').length, 1);
  }
});

test('what a pooler says of a login and of a database is understood by its words', async () => {
  const environment = await throughPooler();
  const wrong = await runEntrypoint(startOf({ ...environment, KONG_PG_PASSWORD: 'not the one' }));
  assert.equal(wrong.exitCode, 77, wrong.stderr);
  assert.match(
    verdict(wrong)[0] ?? '',
    /^error: KONG_PG_PASSWORD: kong@127\.0\.0\.1:\d+\/kong_\d+: PostgreSQL refused the login$/,
  );
  const unknown = await runEntrypoint(startOf({ ...environment, KONG_PG_USER: 'nobody' }));
  assert.equal(unknown.exitCode, 77, unknown.stderr);
  const absent = await runEntrypoint(startOf({ ...environment, KONG_PG_DATABASE: 'absent' }));
  assert.equal(absent.exitCode, 78, absent.stderr);
  assert.match(
    verdict(absent)[0] ?? '',
    /^error: KONG_PG_DATABASE: kong@127\.0\.0\.1:\d+\/absent: the database does not exist$/,
  );
});

test('a server that comes up late behind a pooler that is there already is waited for', async () => {
  const environment = await throughPooler();
  await scene.world.postgresql.stop();
  const running = await spawnEntrypoint(startOf(environment));
  await running.waitForLine(/waiting for PostgreSQL at 127\.0\.0\.1:\d+: .*; [\d.]+ s left$/, 40_000);
  await scene.world.postgresql.start();
  const result = await running.finished;
  assert.ok(isHandedOver(result), result.stderr);
});
