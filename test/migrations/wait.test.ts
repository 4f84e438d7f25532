import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunningEntrypoint, runEntrypoint, spawnEntrypoint } from '../world/kong-entrypoint.ts';
import { DEFAULT_KNOBS, tableMigration } from '../world/stand-in-kong/stand-in-kong.ts';
import { createScene, isHandedOver, runsOf, type Scene, startOf, type Variables, verdict } from './scene.ts';

let scene: Scene;
before(async () => {
  scene = await createScene();
});
after(() => scene.close());

const WAIT = ['--migrations', 'wait'];

async function fresh(): Promise<Variables & { readonly KONG_PG_DATABASE: string }> {
  scene.world.kong.configure({ migrations: DEFAULT_KNOBS.migrations });
  return scene.freshEnvironment();
}

async function spawnWaiting(environment: Variables, line: RegExp | string): Promise<RunningEntrypoint> {
  const running = await spawnEntrypoint(startOf(environment, WAIT));
  await running.waitForLine(line);
  return running;
}

async function assertHandsOver(running: RunningEntrypoint): Promise<void> {
  const result = await running.finished;
  assert.ok(isHandedOver(result), result.stderr);
}

test('wait polls an empty database without a process of Kong, and hands over when somebody else has bootstrapped it', async () => {
  const environment = await fresh();
  const running = await spawnWaiting(
    environment,
    /waiting for migrations that run elsewhere, .* so far: the schema has not bootstrapped$/,
  );
  await sleep(3000);
  assert.deepEqual(scene.recordOf(environment), []);
  await scene.kong(environment, 'bootstrap');
  await assertHandsOver(running);
});

test('wait polls new migrations, and hands over when they are pending', async () => {
  const environment = await fresh();
  await scene.kong(environment, 'bootstrap');
  scene.world.kong.configure({
    migrations: [...DEFAULT_KNOBS.migrations, tableMigration('core', '024_370_to_380', true)],
  });
  const running = await spawnWaiting(
    environment,
    /waiting for migrations that run elsewhere, .* so far: the schema has new migrations$/,
  );
  await scene.kong(environment, 'up');
  await assertHandsOver(running);
  const record = scene.recordOf(environment);
  assert.equal(runsOf(record, 'up').length, 1, 'the one above');
  assert.equal(runsOf(record, 'finish').length, 0);
});

test('wait polls a database that does not exist yet', async () => {
  const environment = { ...(await fresh()), KONG_PG_DATABASE: 'later' };
  const running = await spawnWaiting(
    environment,
    /waiting for PostgreSQL at .*: kong@.*\/later: the database does not exist; /,
  );
  await scene.world.postgresql.createDatabase('later', 'kong');
  await scene.kong(environment, 'bootstrap');
  await assertHandsOver(running);
});

test('wait polls a right to connect that is not granted yet', async () => {
  const environment = await fresh();
  const database = environment.KONG_PG_DATABASE;
  await scene.kong(environment, 'bootstrap');
  const { postgresql } = scene.world;
  await postgresql.query(
    `ALTER DATABASE ${database} OWNER TO postgres; REVOKE CONNECT ON DATABASE ${database} FROM PUBLIC, kong`,
  );
  const running = await spawnWaiting(environment, /waiting for PostgreSQL at .*: the role lacks a required right; /);
  await postgresql.query(`GRANT CONNECT ON DATABASE ${database} TO kong`);
  await assertHandsOver(running);
});

const NOT_READABLE =
  /waiting for migrations that run elsewhere, .* so far: the schema has tables that this role may not read yet$/;

test('wait polls rights on tables that are not granted yet', async () => {
  const environment = await fresh();
  await scene.kong(environment, 'bootstrap');
  const owned = 'ALTER TABLE schema_meta OWNER TO postgres; ALTER TABLE locks OWNER TO postgres';
  await scene.ask(environment, `${owned}; REVOKE ALL ON schema_meta, locks FROM PUBLIC, kong`);
  const running = await spawnWaiting(environment, NOT_READABLE);
  await scene.ask(environment, 'GRANT ALL ON schema_meta, locks TO kong');
  await assertHandsOver(running);
});

test('wait polls a right to use the schema that is not granted yet', async () => {
  const environment = { ...(await fresh()), KONG_PG_SCHEMA: 'theirs' };
  await scene.kong(environment, 'bootstrap');
  await scene.ask(environment, 'ALTER SCHEMA theirs OWNER TO postgres');
  const running = await spawnWaiting(environment, NOT_READABLE);
  await scene.ask(environment, 'GRANT USAGE ON SCHEMA theirs TO kong');
  await assertHandsOver(running);
});

test('wait is bounded by --timeout: 75, and the lines before say what is missing', async () => {
  const environment = await fresh();
  const result = await runEntrypoint(startOf(environment, [...WAIT, '--timeout', '3s']));
  assert.equal(result.exitCode, 75);
  assert.deepEqual(verdict(result), [
    'error: KONG_ENTRYPOINT_TIMEOUT: the start was still waiting after 3.0 s',
    'hint: the lines above name what it waited for; set a longer KONG_ENTRYPOINT_TIMEOUT if that wait is normal here',
  ]);
});

test('wait does not wait for what no waiting heals', async () => {
  const environment = { ...(await fresh()), KONG_PG_SSL: 'on', KONG_PG_SSL_REQUIRED: 'on' };
  const result = await runEntrypoint(startOf(environment, WAIT));
  assert.equal(result.exitCode, 78);
  assert.ok(result.durationMs < 10_000);
});

test('wait asks Kong again when its command failed, as it does while the database restarts', async () => {
  const environment = await fresh();
  await scene.kong(environment, 'bootstrap');
  scene.world.kong.configure({ faults: [{ kind: 'exit', code: 1, on: 'migrations status' }] });
  const running = await spawnWaiting(
    environment,
    /warn: kong migrations status failed with exit code 1: asking again, as the database may just have gone \(1 of 3\)$/,
  );
  scene.world.kong.configure({ faults: [] });
  await assertHandsOver(running);
});

test('wait ends with the exit status of a Kong that cannot tell the state', async () => {
  const environment = await fresh();
  await scene.kong(environment, 'bootstrap');
  scene.world.kong.configure({ faults: [{ kind: 'exit', code: 3, on: 'migrations status' }] });
  const result = await runEntrypoint(startOf(environment, WAIT));
  assert.equal(result.exitCode, 3, result.stderr);
  assert.equal(runsOf(scene.recordOf(environment), 'status').length, 3);
});
