import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSecretsManager } from '../../emulators/secrets-manager.ts';
import { isHandedOver, repeated, runsOf, stepsOf } from '../../migrations/scene.ts';
import { type DatabaseGate, startDatabaseGate } from '../../world/database-gate.ts';
import { type RunningEntrypoint, spawnEntrypoint } from '../../world/kong-entrypoint.ts';
import { KONG_USER } from '../../world/world.ts';
import { prove } from '../figures.ts';
import { createScene, type FreshEnvironment, type Scene, SECRET, startOf } from '../scene.ts';
import { PASSWORD } from '../unmistakable.ts';

const STARTS = 100;
const LATENCY_MS = 200;
const MIB = 1024;
/** So many starts on a small machine are not to keep the vault and the database, which are here too, from answering. */
const BEHIND = 'ulimit -c 0; renice -n 5 $$ > /dev/null';

const scene: Scene = await createScene();
const vault = await startSecretsManager({ latency: LATENCY_MS });
vault.putSecret(SECRET, JSON.stringify({ pg_user: KONG_USER, pg_password: PASSWORD }));
after(async () => {
  await vault.close();
  await scene.close();
});

for (const state of ['an empty', 'a ready'] as const) {
  prove('load', `${STARTS} starts at once on ${state} schema`, async () => {
    const given = { ...(await scene.freshEnvironment()), KONG_VAULT_AWS_ENDPOINT_URL: vault.url };
    if (state === 'a ready') await oneByOne(given, 1);
    vault.requests.length = 0;
    return load(given, state === 'an empty' ? 1 : 0);
  });
}

async function oneByOne(given: FreshEnvironment, count: number): Promise<void> {
  for (let done = 0; done < count; done += 1) {
    const { stderr, ...result } = await (await spawnEntrypoint(startOf(given))).finished;
    assert.ok(isHandedOver({ ...result, stderr }), stderr);
  }
}

async function load(given: FreshEnvironment, bootstraps: number): Promise<string> {
  const before = scene.world.kong.record().length;
  const gates = await Promise.all(Array.from({ length: STARTS }, () => startDatabaseGate(scene.world.postgresql.port)));
  after(() => Promise.all(gates.map((gate) => gate.close())));
  const started = performance.now();
  const all = await Promise.all(gates.map((gate) => startThrough(gate, given)));
  const took = Math.round(performance.now() - started);
  scene.sweep.look();
  for (const { output } of all) scene.sweep.read('what was printed', output);
  const record = scene.world.kong.record().slice(before);
  assert.equal(runsOf(record, 'bootstrap').length, bootstraps, 'bootstraps');
  assert.deepEqual(repeated(stepsOf(record)), []);
  const calls = countCalls();
  assert.equal(calls, STARTS, 'calls to the vault');
  const connections = gates.map(countConnections);
  assert.ok(Math.max(...connections) <= (bootstraps === 0 ? 1 : 2), `connections of each start: ${connections}`);
  const peak = Math.max(...all.map(({ peakKib }) => peakKib));
  const slowest = Math.round(Math.max(...all.map(({ durationMs }) => durationMs)));
  return [
    `${all.length} handed over in ${took} ms (the slowest took ${slowest} ms)`,
    `${bootstraps} bootstraps, 1 vault call (${vault.requests.length - calls} of ${calls} tried again) and at most ${Math.max(...connections)} connections a start`,
    `at most ${Math.round(peak / MIB)} MiB a start`,
  ].join('; ');
}

async function startThrough(gate: DatabaseGate, given: FreshEnvironment) {
  const environment = { ...given, KONG_PG_PORT: String(gate.port) };
  const running = await spawnEntrypoint({ ...startOf(environment, undefined, BEHIND), timeout: 150_000 });
  const peakKib = await peakMemory(running);
  const { stdout, stderr, durationMs, ...result } = await running.finished;
  assert.ok(isHandedOver({ ...result, stdout, stderr, durationMs }), stderr);
  return { output: stdout + stderr, durationMs, peakKib };
}

/** A call that is tried again, as on a machine with so little time for each that an answer comes late, is one call of the SDK's. */
function countCalls(): number {
  return new Set(vault.requests.map(({ headers }) => headers['amz-sdk-invocation-id'])).size;
}

function countConnections({ conversations }: DatabaseGate): number {
  return conversations.filter(({ startup }) => startup['application_name'] === 'kong-entrypoint').length;
}

/** The most memory in KiB that the process had resident, looked at until it ends. */
async function peakMemory({ pid }: RunningEntrypoint): Promise<number> {
  let peak = 0;
  for (;;) {
    const resident = /^VmHWM:\s+(\d+) kB$/m.exec(readStatus(pid))?.[1];
    if (resident === undefined) return peak;
    peak = Math.max(peak, Number(resident));
    await sleep(150);
  }
}

function readStatus(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'latin1');
  } catch {
    return '';
  }
}
