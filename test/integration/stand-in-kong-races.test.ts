import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunningEntrypoint, runEntrypoint, spawnEntrypoint } from '../world/kong-entrypoint.ts';
import { createWorld, type KongEnvironment, type World } from '../world/world.ts';

let world: World;
let environment: KongEnvironment;

before(async () => {
  world = await createWorld();
});
after(() => world.close());
beforeEach(async () => {
  environment = await world.createKongDatabase();
  world.kong.configure({ stepMilliseconds: 0, tableCreationMilliseconds: 0, faults: [] });
  world.kong.clearRecord();
});

function options(command: string, prefix = 'prefix') {
  return {
    program: [world.kong.kong],
    args: ['migrations', ...command.split(' ')],
    environment: { ...environment, KONG_PREFIX: `${environment['KONG_PREFIX']}-${prefix}` },
    marker: world.folder,
  };
}

async function statusOf(command: string): Promise<number | null> {
  return (await runEntrypoint(options(command))).exitCode;
}

async function countLockRows(): Promise<number> {
  return (await world.postgresql.query('SELECT * FROM locks', { database: environment.KONG_PG_DATABASE })).length;
}

/** A bootstrap that is in the middle of its steps. */
async function slowBootstrap(): Promise<RunningEntrypoint> {
  world.kong.configure({ stepMilliseconds: 100 });
  const bootstrap = await spawnEntrypoint(options('bootstrap'));
  await bootstrap.waitForLine('core migrated up to: 000_base');
  return bootstrap;
}

test('concurrent first bootstraps fail on a duplicate key', async () => {
  world.kong.configure({ tableCreationMilliseconds: 400 });
  const runs = await Promise.all([1, 2, 3, 4].map((number) => runEntrypoint(options('bootstrap', String(number)))));
  const failed = runs.filter((run) => run.exitCode === 1);
  assert.ok(failed.length >= 1, 'all got through');
  for (const run of failed)
    assert.match(run.stderr, /duplicate key value violates unique constraint "pg_type_typname_nsp_index"/);
  assert.ok(runs.some((run) => run.stdout.includes('Database is up-to-date')));
});

test('a bootstrap beside a running one says "already bootstrapped" and exits 0', async () => {
  const first = await slowBootstrap();
  const second = await runEntrypoint(options('bootstrap', 'second'));
  assert.deepEqual([second.exitCode, second.stdout.includes('already bootstrapped')], [0, true]);
  assert.ok([4, 5].includes((await statusOf('list')) ?? 0));
  assert.equal((await first.finished).exitCode, 0);
});

test('finish beside a running bootstrap gives up at once and exits 0', async () => {
  const first = await slowBootstrap();
  const second = await runEntrypoint(options('finish', 'second'));
  assert.match(second.stdout, /aborted: another node is performing database changes/);
  assert.equal(second.exitCode, 0);
  assert.equal((await first.finished).exitCode, 0);
});

test('TERM to the outer process alone is swallowed', async () => {
  const bootstrap = await slowBootstrap();
  bootstrap.signal('SIGTERM');
  assert.equal((await bootstrap.finished).exitCode, 0);
  assert.equal(await statusOf('list'), 0);
});

test('KILL of the outer process alone leaves a worker that finishes', async () => {
  const bootstrap = await slowBootstrap();
  bootstrap.signal('SIGKILL');
  assert.equal((await bootstrap.finished).signal, 'SIGKILL');
  while (bootstrap.processesLeft().length > 0) await sleep(20);
  assert.equal(await statusOf('list'), 0);
});

for (const [signal, exitCode] of [
  ['SIGTERM', 15],
  ['SIGINT', 2],
  ['SIGQUIT', 3],
  ['SIGHUP', 1],
] as const) {
  test(`${signal} to the group ends all with ${exitCode}, a part of the schema and a stale lock row`, async () => {
    const bootstrap = await slowBootstrap();
    bootstrap.signalGroup(signal);
    assert.equal((await bootstrap.finished).exitCode, exitCode);
    assert.deepEqual(bootstrap.processesLeft(), []);
    assert.ok([4, 5].includes((await statusOf('list')) ?? 0));
    assert.equal(await countLockRows(), 1);
  });
}

test('after a killed bootstrap: bootstrap does nothing, up waits for the dead row, the next up and finish recover', async () => {
  world.kong.configure({ stepMilliseconds: 100 });
  const killed = await spawnEntrypoint(options('bootstrap --lock-timeout 3'));
  await killed.waitForLine('core migrated up to: 003_100_to_110');
  killed.signalGroup('SIGKILL');
  await killed.finished;
  assert.equal(await statusOf('bootstrap'), 0);
  const waited = await runEntrypoint(options('up'));
  assert.deepEqual([waited.exitCode, waited.stdout.includes('aborted: another node')], [0, true]);
  assert.ok(waited.durationMs > 1500, `waited only ${waited.durationMs} ms`);
  assert.equal(await statusOf('list'), 5);
  assert.equal(await statusOf('up'), 0);
  assert.equal(await statusOf('list'), 4);
  assert.equal(await statusOf('finish'), 0);
  assert.equal(await statusOf('list'), 0);
});

/** A table that is not committed yet has no row in pg_class that others see: its lock is known by number only. */
const EXCLUSIVE_LOCKS = `SELECT relation FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation >= 16384
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

test('a statement runs on in the server after its group is dead', async () => {
  const name = '004_110_to_120';
  world.kong.configure({ faults: [{ kind: 'slow-statement', seconds: 2, migration: name }] });
  const bootstrap = await spawnEntrypoint(options('bootstrap'));
  await bootstrap.waitForLine('core migrated up to: 003_100_to_110');
  await sleep(200);
  bootstrap.signalGroup('SIGKILL');
  await bootstrap.finished;
  const database = { database: environment.KONG_PG_DATABASE };
  const query = (sql: string) => world.postgresql.query(sql, database);
  assert.notDeepEqual(await query(EXCLUSIVE_LOCKS), []);
  while ((await query(EXCLUSIVE_LOCKS)).length > 0) await sleep(50);
  assert.deepEqual(await query(`SELECT to_regclass('core_${name}') IS NULL AS absent`), [{ absent: false }]);
  assert.equal(await statusOf('list'), 5);
});

test('pg_timeout bounds each statement, and --db-timeout lifts it', async () => {
  world.kong.configure({ faults: [{ kind: 'slow-statement', seconds: 1 }] });
  const changed = { ...options('bootstrap'), environment: { ...options('').environment, KONG_PG_TIMEOUT: '300' } };
  const bounded = await runEntrypoint(changed);
  assert.equal(bounded.exitCode, 1);
  assert.match(bounded.stderr, /failed to run migration '000_base' up: .*timeout/);
  assert.equal(await countLockRows(), 0);
  await sleep(1000);
  const lifted = await runEntrypoint({ ...changed, args: ['migrations', 'up', '--db-timeout', '60'] });
  assert.equal(lifted.exitCode, 0, lifted.stderr);
});
