import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { lockKey } from '../../src/database/lock/advisory-lock.ts';
import { type DatabaseGate, startDatabaseGate } from '../world/database-gate.ts';
import { type RunningEntrypoint, runEntrypoint, spawnEntrypoint } from '../world/kong-entrypoint.ts';
import { KONG_PASSWORD, KONG_USER } from '../world/world.ts';
import { createScene, isHandedOver, runsOf, type Scene, startOf, type Variables, verdict } from './scene.ts';
import { sizes } from './sizes.ts';

let scene: Scene;
let gate: DatabaseGate;

before(async () => {
  scene = await createScene();
  gate = await startDatabaseGate(scene.world.postgresql.port);
});
after(async () => {
  await gate.close();
  await scene.close();
});

type Bootstrap = { readonly environment: Variables; readonly running: RunningEntrypoint };

/** A bootstrap that goes through the gate and is in the middle of its steps: each takes so long, or it hangs in the second. */
async function slowBootstrap(pace: number | 'hangs', options: readonly string[] = []): Promise<Bootstrap> {
  await gate.open();
  scene.world.kong.configure(
    pace === 'hangs'
      ? { stepMilliseconds: 0, faults: [{ kind: 'hang', on: 'migrations bootstrap', afterSteps: 2 }] }
      : { stepMilliseconds: pace, faults: [] },
  );
  const environment = { ...(await scene.freshEnvironment()), KONG_PG_PORT: String(gate.port) };
  const running = await spawnEntrypoint(startOf(environment, options));
  await running.waitForLine('core migrated up to: 000_base');
  return { environment, running };
}

/** The server process that holds the lock, and the port of its client. */
async function holderOf(environment: Variables): Promise<{ pid: number; client_port: number }> {
  const [holder] = await scene.ask<{ pid: number; client_port: number }>(
    environment,
    `SELECT pid, client_port FROM pg_locks JOIN pg_stat_activity USING (pid)
      WHERE locktype = 'advisory' AND granted AND datname = '${environment['KONG_PG_DATABASE']}'`,
  );
  if (holder === undefined) throw new Error('nobody holds the lock');
  return holder;
}

async function cutLock(environment: Variables): Promise<void> {
  const { client_port } = await holderOf(environment);
  const conversation = gate.conversations.find(({ port }) => port() === client_port);
  assert.match(conversation?.statements.at(-1) ?? '', /^SELECT pg_try_advisory_xact_lock\(\$1\) AS obtained/);
  conversation?.cut();
}

const LOST = 'error: the lock on the schema was lost while migrations ran, and could not be taken again within 10 s';
const LOST_HINT =
  'hint: start again; another container may hold the lock now, and the next start repairs an interrupted bootstrap';

test(`a statement of ${sizes.longStatement} s completes with pg_timeout at its default of 5 s`, async () => {
  scene.world.kong.configure({
    stepMilliseconds: 0,
    faults: [{ kind: 'slow-statement', seconds: sizes.longStatement, migration: '016_280_to_300' }],
  });
  const environment = await scene.freshEnvironment();
  const result = await runEntrypoint(startOf(environment));
  assert.ok(isHandedOver(result), result.stderr);
  assert.ok(result.durationMs > sizes.longStatement * 1000);
  assert.equal(runsOf(scene.recordOf(environment), 'bootstrap').length, 1);
});

test('a lock whose connection the server ends is taken again, and the bootstrap goes on', async () => {
  const { environment, running } = await slowBootstrap(300);
  const { pid } = await holderOf(environment);
  await scene.world.postgresql.query(`SELECT pg_terminate_backend(${pid})`);
  const result = await running.finished;
  assert.ok(isHandedOver(result), result.stderr);
  assert.match(result.stderr, /warn: the lock was taken again$/m);
  assert.equal(runsOf(scene.recordOf(environment), 'bootstrap').length, 1);
});

test('a lock whose connection is cut for 2 s is taken again, and the bootstrap goes on', async () => {
  const { environment, running } = await slowBootstrap(500);
  await gate.shut();
  await cutLock(environment);
  await sleep(2000);
  assert.doesNotMatch(running.stderr(), /taken again$/m);
  await gate.open();
  await running.waitForLine('warn: the lock was taken again');
  await holderOf(environment);
  const result = await running.finished;
  assert.ok(isHandedOver(result), result.stderr);
  assert.equal(runsOf(scene.recordOf(environment), 'bootstrap').length, 1);
});

test('--timeout bounds the waiting, and never a running migration, after which connections are made again as before', async () => {
  const { environment, running } = await slowBootstrap(600, ['--timeout', '3s']);
  await scene.world.postgresql.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'kong-entrypoint' AND datname = '${environment['KONG_PG_DATABASE']}'`,
  );
  const result = await running.finished;
  assert.ok(isHandedOver(result), result.stderr);
  assert.ok(result.durationMs > 5000, 'longer than the waiting may take');
  assert.match(result.stderr, /warn: the lock was taken again$/m);
});

for (const [how, block] of [
  ['nothing listens any more', () => gate.shut()],
  ['nothing answers any more', async () => gate.silence()],
] as const) {
  test(`a lock that is lost for good, for ${how}, stops the bootstrap after 10 s with 75`, async () => {
    const { environment, running } = await slowBootstrap('hangs', ['--database-timeout', '5m']);
    await block();
    const cutAt = performance.now();
    await cutLock(environment);
    const result = await running.finished;
    const took = performance.now() - cutAt;
    assert.equal(result.exitCode, 75, result.stderr);
    assert.deepEqual(verdict(result), [LOST, LOST_HINT]);
    assert.ok(took > 9000 && took < 25_000, `${took} ms`);
    assert.deepEqual(running.processesLeft(), []);
  });
}

test('a lock that another starter has taken by then stops the bootstrap after 10 s with 75', async () => {
  const { environment, running } = await slowBootstrap('hangs');
  const { pid } = await holderOf(environment);
  const other = await scene.world.postgresql.connect({ database: environment['KONG_PG_DATABASE'] ?? '' });
  const taken = other.query('SELECT pg_advisory_lock($1)', [lockKey('public').toString()]);
  await scene.world.postgresql.query(`SELECT pg_terminate_backend(${pid})`);
  await taken;
  const result = await running.finished;
  await other.end();
  assert.equal(result.exitCode, 75, result.stderr);
  assert.deepEqual(verdict(result), [LOST, LOST_HINT]);
  assert.deepEqual(running.processesLeft(), []);
});

test('a starter that waits for the lock goes on waiting through a restart of the server', async () => {
  await gate.open();
  scene.world.kong.configure({ stepMilliseconds: 0, faults: [] });
  const environment = await scene.freshEnvironment();
  const other = await scene.world.postgresql.connect({
    user: KONG_USER,
    password: KONG_PASSWORD,
    database: environment.KONG_PG_DATABASE,
  });
  other.on('error', () => undefined);
  await other.query('SELECT pg_advisory_lock($1)', [lockKey('public').toString()]);
  const running = await spawnEntrypoint(startOf(environment));
  await running.waitForLine(/waiting for the lock on schema public, held by PostgreSQL process \d+ at 127\.0\.0\.1/);
  await scene.world.postgresql.restart('immediate');
  const result = await running.finished;
  assert.ok(isHandedOver(result), result.stderr);
  assert.equal(runsOf(scene.recordOf(environment), 'bootstrap').length, 1);
});
