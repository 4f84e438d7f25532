import assert from 'node:assert/strict';
import { after, describe, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSecretsManager } from '../emulators/secrets-manager.ts';
import { isHandedOver } from '../migrations/scene.ts';
import { type EntrypointResult, spawnEntrypoint } from '../world/kong-entrypoint.ts';
import { KONG_USER } from '../world/world.ts';
import { startDatabaseProxy, type WayFault } from './database-proxy.ts';
import { prove } from './figures.ts';
import { createScene, type FreshEnvironment, type Scene, SECRET, startOf, until, type Variables } from './scene.ts';
import { PASSWORD } from './unmistakable.ts';

const scene: Scene = await createScene();
after(() => scene.close());

/** Runs it to its end, looks at what it left and at what it printed. */
async function run(environment: Variables, options: readonly string[] = []): Promise<EntrypointResult> {
  const running = await spawnEntrypoint(startOf(environment, [...options, 'kong', 'docker-start']));
  const result = await running.finished;
  scene.sweep.look();
  scene.sweep.read('what was printed', result.stdout + result.stderr);
  assert.equal(result.timedOut, false, result.stderr);
  assert.deepEqual(running.processesLeft(), []);
  return result;
}

async function assertNextStart(given: Variables): Promise<void> {
  const next = await run(given);
  assert.ok(isHandedOver(next), next.stderr);
}

const THROTTLED = 20;

describe('a vault', () => {
  prove('vault', `that throttles ${THROTTLED} times lets the start through when it is started again`, async () => {
    const vault = await startSecretsManager();
    vault.putSecret(SECRET, JSON.stringify({ pg_user: KONG_USER, pg_password: PASSWORD }));
    vault.fail('throttle', THROTTLED);
    const given = { ...(await scene.freshEnvironment()), KONG_VAULT_AWS_ENDPOINT_URL: vault.url };
    const codes: (number | null)[] = [];
    while (codes.at(-1) !== 0 && codes.length < THROTTLED) codes.push((await run(given)).exitCode);
    await vault.close();
    assert.deepEqual(codes, [75, 75, 75, 75, 75, 75, 0]);
    return `exit codes ${codes.join(', ')}: three attempts each, with the pauses of the SDK`;
  });
});

type Way = { readonly fault: WayFault; readonly times?: number; readonly exitCode: number };

const BOUNDS = ['--database-timeout', '6s', '--timeout', '8s'];

/** 90 bytes are within the login, 700 within the first statements. A login that stalls is given up after the 5 s of `pg_timeout`. */
const ways: readonly Way[] = [
  { fault: { kind: 'latency', milliseconds: 20 }, exitCode: 0 },
  ...(['cut', 'truncate'] as const).flatMap((kind): Way[] => [
    { fault: { kind, after: 1 }, times: 2, exitCode: 0 },
    { fault: { kind, after: 90 }, times: 2, exitCode: 0 },
    { fault: { kind, after: 90 }, exitCode: 75 },
    { fault: { kind, after: 700 }, times: 2, exitCode: 0 },
    { fault: { kind, after: 700 }, exitCode: 75 },
  ]),
  { fault: { kind: 'stall', after: 90 }, times: 1, exitCode: 0 },
  { fault: { kind: 'stall', after: 90 }, exitCode: 75 },
  { fault: { kind: 'stall', after: 700 }, exitCode: 75 },
  { fault: { kind: 'stall', after: 1500 }, exitCode: 75 },
];

describe('a way to the database', { concurrency: 3 }, () => {
  for (const [when, bytes] of [
    ['at the login', 90],
    ['in the middle of a statement', 700],
  ] as const) {
    prove('database', `that stalls ${when}: a stop signal ends the start all the same`, (t) => stopStalled(bytes, t));
  }
  for (const way of ways) prove('database', describeWay(way), (t) => goThrough(way, t));
});

async function stopStalled(after: number, t: TestContext): Promise<string> {
  const proxy = await startDatabaseProxy(scene.world.postgresql.port, { kind: 'stall', after });
  t.after(() => proxy.close());
  const given = { ...(await scene.freshEnvironment()), KONG_PG_PORT: String(proxy.port), KONG_PG_TIMEOUT: '30000' };
  const running = await spawnEntrypoint(startOf(given));
  await until(() => proxy.connections() === 1);
  await sleep(500);
  const signalled = performance.now();
  running.signal('SIGTERM');
  const { exitCode, stderr } = await running.finished;
  const took = Math.round(performance.now() - signalled);
  assert.deepEqual([exitCode, took < 2000], [143, true], stderr);
  return `143 after ${took} ms`;
}

function describeWay({ fault, times, exitCode }: Way): string {
  const what =
    fault.kind === 'latency' ? `${fault.milliseconds} ms each way` : `${fault.kind} after ${fault.after} bytes`;
  const often = times === undefined ? 'always' : `${times} times`;
  return `with ${what}, ${often}: ${exitCode === 0 ? 'handed over' : `${exitCode}, and the next start is handed over`}`;
}

async function goThrough({ fault, times, exitCode }: Way, t: TestContext): Promise<string> {
  const given = await scene.freshEnvironment();
  const proxy = await startDatabaseProxy(scene.world.postgresql.port, fault, times);
  t.after(() => proxy.close());
  const result = await run({ ...given, KONG_PG_PORT: String(proxy.port) }, BOUNDS);
  assert.equal(result.exitCode, exitCode, result.stderr);
  assert.ok(result.durationMs < 20_000);
  if (exitCode !== 0) await assertNextStart(given);
  return `${result.exitCode} after ${Math.round(result.durationMs)} ms, ${proxy.connections()} connections`;
}

type Child = { readonly script: string; readonly options?: readonly string[]; readonly exitCode: number };

const children: Readonly<Record<string, Child>> = {
  'closes its output': { script: '[ "$2" = bootstrap ] && exec >&- 2>&-', exitCode: 0 },
  'forks, leaves the work to a process of its own session, and ends well': {
    script: `[ "$2" = bootstrap ] && [ ! -e "$MARK" ] && { : > "$MARK"; setsid sleep 300 & exit 0; }`,
    exitCode: 0,
  },
  'hangs for longer than it may': {
    script: '[ "$2" = bootstrap ] && sleep 300',
    options: ['--migrations-timeout', '1s'],
    exitCode: 75,
  },
  'ends without having done anything, again and again': { script: '[ "$2" = bootstrap ] && exit 0', exitCode: 75 },
};

describe('a kong migrations that', { concurrency: 3 }, () => {
  for (const [what, child] of Object.entries(children)) prove('child', `that ${what}`, () => runWith(child));
});

async function runWith({ script, options = [], exitCode }: Child): Promise<string> {
  const given: FreshEnvironment = await scene.freshEnvironment();
  const environment = {
    ...scene.withMigrations(given, script),
    MARK: `${scene.world.folder}/mark-${given.KONG_PG_DATABASE}`,
  };
  const result = await run(environment, options);
  assert.equal(result.exitCode, exitCode, result.stderr);
  if (exitCode !== 0) await assertNextStart(given);
  return `${result.exitCode} after ${Math.round(result.durationMs)} ms, nothing left running`;
}
