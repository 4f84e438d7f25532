import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { emulatorKey, startSecretsManager } from '../emulators/secrets-manager.ts';
import { type EntrypointOptions, runEntrypoint, spawnEntrypoint } from '../world/kong-entrypoint.ts';
import type { Fault } from '../world/stand-in-kong/stand-in-kong.ts';
import { createWorld, KONG_PASSWORD, KONG_USER, type KongEnvironment, type World } from '../world/world.ts';

let world: World;
let environment: KongEnvironment;

before(async () => {
  world = await createWorld({ kong: { edition: 'enterprise', version: '3.14.0.1' } });
});
after(() => world.close());
beforeEach(async () => {
  environment = await world.createKongDatabase();
  world.kong.clearRecord();
  world.kong.configure({ faults: [], migrationsDereference: false });
});

function kong(...args: string[]): EntrypointOptions {
  return { program: [world.kong.kong], args, environment, marker: world.folder };
}

function befall(...faults: Fault[]): void {
  world.kong.configure({ faults });
}

test('exit: the code and the message asked for, after so many steps, so many times', async () => {
  befall({ kind: 'exit', code: 7, message: 'out of luck', afterSteps: 2, times: 1 });
  const failed = await runEntrypoint(kong('migrations', 'bootstrap'));
  assert.deepEqual([failed.exitCode, failed.stderr], [7, 'Error: out of luck\n']);
  const [invocation] = world.kong.record();
  assert.deepEqual(
    invocation?.steps.map(({ completed }) => completed),
    [true, true],
  );
  assert.equal((await runEntrypoint(kong('migrations', 'up'))).exitCode, 1, 'one migration is left pending');
  assert.equal((await runEntrypoint(kong('migrations', 'finish'))).exitCode, 0);
});

test('a fault befalls the commands it names, and no other', async () => {
  befall({ kind: 'exit', code: 9, on: 'migrations list' });
  assert.equal((await runEntrypoint(kong('migrations', 'list'))).exitCode, 9);
  assert.equal((await runEntrypoint(kong('migrations', 'status'))).exitCode, 0);
  assert.equal((await runEntrypoint(kong('version'))).exitCode, 0);
});

test('hang: it does not end by itself', async () => {
  befall({ kind: 'hang' });
  const run = await runEntrypoint({ ...kong('migrations', 'list'), timeout: 800 });
  assert.deepEqual([run.timedOut, run.signal], [true, 'SIGKILL']);
});

test('flood: so many megabytes of lines on stdout', async () => {
  befall({ kind: 'flood', megabytes: 20 });
  const run = await runEntrypoint(kong('migrations', 'list'));
  assert.ok(run.stdout.length > 20 * 2 ** 20);
  assert.equal(run.exitCode, 3);
});

test('print-password: on both streams', async () => {
  befall({ kind: 'print-password' });
  const run = await runEntrypoint(kong('migrations', 'list'));
  assert.ok(run.stdout.includes(KONG_PASSWORD) && run.stderr.includes(KONG_PASSWORD));
});

test('ignore-signals: only KILL ends the group', async () => {
  befall({ kind: 'ignore-signals' }, { kind: 'hang' });
  const running = await spawnEntrypoint(kong('migrations', 'list'));
  while (world.kong.record().length === 0) await sleep(10);
  await sleep(200);
  running.signalGroup('SIGTERM');
  await sleep(200);
  assert.notDeepEqual(running.processesLeft(), []);
  running.signalGroup('SIGKILL');
  await running.finished;
  assert.deepEqual(running.processesLeft(), []);
});

test('grandchild: it outlives the command and holds its output open', async () => {
  befall({ kind: 'grandchild', seconds: 30 });
  const running = await spawnEntrypoint(kong('migrations', 'list'));
  assert.equal((await running.finished).exitCode, 3);
  assert.deepEqual(
    running.processesLeft().map(({ commandLine }) => commandLine),
    [['sleep', '30']],
  );
  running.kill();
});

test('Enterprise: start dereferences from AWS, migrations only where told to', async () => {
  const vault = await startSecretsManager();
  vault.putSecret('database', JSON.stringify({ user: KONG_USER, password: KONG_PASSWORD }));
  const variables = {
    ...environment,
    KONG_PG_USER: '{vault://aws/database/user}',
    KONG_PG_PASSWORD: '{vault://aws/database/password}',
    KONG_VAULT_AWS_ENDPOINT_URL: vault.url,
    KONG_VAULT_AWS_REGION: vault.region,
    AWS_ACCESS_KEY_ID: emulatorKey.id,
    AWS_SECRET_ACCESS_KEY: emulatorKey.secret,
  };
  const bootstrap = { ...kong('migrations', 'bootstrap'), environment: variables };
  const refused = await runEntrypoint(bootstrap);
  assert.deepEqual([refused.exitCode, refused.stderr.includes('no PostgreSQL user name')], [1, true]);
  assert.equal(vault.calls.length, 0);
  world.kong.configure({ migrationsDereference: true });
  assert.equal((await runEntrypoint(bootstrap)).exitCode, 0);
  const running = await spawnEntrypoint({ ...kong('start'), environment: variables });
  await running.waitForLine('Kong started');
  running.signal('SIGTERM');
  assert.equal((await running.finished).exitCode, 0);
  await vault.close();
});
