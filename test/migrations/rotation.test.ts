import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { emulatorKey, type SecretsManager, startSecretsManager } from '../emulators/secrets-manager.ts';
import { type DatabaseGate, startDatabaseGate } from '../world/database-gate.ts';
import { type RunningEntrypoint, spawnEntrypoint } from '../world/kong-entrypoint.ts';
import { KONG_PASSWORD, KONG_USER } from '../world/world.ts';
import { createScene, isHandedOver, runsOf, type Scene, startOf, type Variables, verdict } from './scene.ts';

let scene: Scene;
let vault: SecretsManager;
let gate: DatabaseGate;
let environment: Variables;

before(async () => {
  scene = await createScene({ kong: { edition: 'enterprise' } });
  vault = await startSecretsManager();
  gate = await startDatabaseGate(scene.world.postgresql.port);
});
after(async () => {
  await gate.close();
  await vault.close();
  await scene.close();
});
beforeEach(async () => {
  environment = {
    ...(await scene.freshEnvironment()),
    KONG_PG_PORT: String(gate.port),
    KONG_PG_USER: '{vault://aws/database/pg_user}',
    KONG_PG_PASSWORD: '{vault://aws/database/pg_password}',
    KONG_VAULT_AWS_REGION: vault.region,
    KONG_VAULT_AWS_ENDPOINT_URL: vault.url,
    AWS_ACCESS_KEY_ID: emulatorKey.id,
    AWS_SECRET_ACCESS_KEY: emulatorKey.secret,
  };
  store(KONG_PASSWORD);
  await setPassword(KONG_PASSWORD);
  scene.world.kong.configure({ stepMilliseconds: 0 });
  await gate.open();
  vault.calls.length = 0;
});

function store(password: string): void {
  vault.putSecret('database', JSON.stringify({ pg_user: KONG_USER, pg_password: password }));
}

async function setPassword(password: string): Promise<void> {
  await scene.world.postgresql.query(`ALTER ROLE kong PASSWORD '${password}'`);
}

/** A start that has fetched the secret, and cannot log in yet: this is when it is rotated. */
async function fetchedAndWaiting(options: readonly string[] = []): Promise<RunningEntrypoint> {
  await gate.shut();
  const running = await spawnEntrypoint(startOf(environment, options));
  await running.waitForLine('nothing listens there yet');
  assert.equal(vault.calls.length, 1);
  return running;
}

const REFRESHED =
  /info: kong@127\.0\.0\.1:\d+\/kong_\d+: login refused; fetching the secret again, in case it was just rotated$/m;

test('a password that is rotated between the fetch and the login heals, and kong migrations get the new one', async () => {
  const running = await fetchedAndWaiting();
  store('rotated-1');
  await setPassword('rotated-1');
  await gate.open();
  const result = await running.finished;
  assert.ok(isHandedOver(result), result.stderr);
  assert.match(result.stderr, REFRESHED);
  assert.equal(vault.calls.length, 2, 'fetched once more, and no more than that');
  const [bootstrap] = runsOf(scene.recordOf(environment), 'bootstrap');
  assert.equal(bootstrap?.environment['KONG_PG_PASSWORD'], 'rotated-1');
});

test('a password that is rotated to one that was never stored: 77, and both versions were refused', async () => {
  const running = await fetchedAndWaiting();
  store('rotated-2');
  await setPassword('stored-nowhere');
  await gate.open();
  const result = await running.finished;
  assert.equal(result.exitCode, 77, result.stderr);
  assert.match(result.stderr, REFRESHED);
  const [error = '', hint] = verdict(result);
  assert.match(
    error,
    /^error: KONG_PG_PASSWORD: kong@127\.0\.0\.1:\d+\/kong_\d+: PostgreSQL refused the login, also after fetching the secret again: \{vault:\/\/aws\/database\/pg_password\}$/,
  );
  assert.equal(
    hint,
    'hint: check that the role exists and that this is its password; PostgreSQL does not say which is wrong',
  );
  assert.equal(vault.calls.length, 2);
  assert.ok(!`${result.stdout}${result.stderr}`.match(/rotated-2|stored-nowhere|battery/));
});

test('a password that is rotated in the middle of a bootstrap does not stop it when the lock has to be taken again', async () => {
  scene.world.kong.configure({ stepMilliseconds: 300 });
  const running = await spawnEntrypoint(startOf(environment));
  await running.waitForLine('core migrated up to: 000_base');
  store('rotated-3');
  await setPassword('rotated-3');
  await scene.world.postgresql.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kong-entrypoint'",
  );
  const result = await running.finished;
  assert.ok(isHandedOver(result), result.stderr);
  assert.match(result.stderr, REFRESHED);
  assert.match(result.stderr, /warn: the lock was taken again$/m);
});

test('under the policy wait a refused login is waited for, and the secret fetched again every 15 s', async (t) => {
  await setPassword('not-yet-stored');
  const running = await spawnEntrypoint(startOf(environment, ['--migrations', 'wait']));
  await running.waitForLine(/waiting for PostgreSQL at 127\.0\.0\.1:\d+: .*PostgreSQL refused the login/);
  const asked = performance.now();
  store('not-yet-stored');
  await running.waitForLine('waiting for migrations that run elsewhere', 60_000);
  const took = performance.now() - asked;
  t.diagnostic(`the new secret was used after ${Math.round(took)} ms; it was fetched ${vault.calls.length} times`);
  assert.ok(vault.calls.length <= 3, `${vault.calls.length} calls`);
  running.kill();
  await running.finished;
});
