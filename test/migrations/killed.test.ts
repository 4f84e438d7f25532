import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunningEntrypoint, runEntrypoint, spawnEntrypoint, whyNoPidNamespace } from '../world/kong-entrypoint.ts';
import { createScene, isHandedOver, repeated, runsOf, type Scene, startOf, stepsOf, type Variables } from './scene.ts';
import { sizes } from './sizes.ts';

/** The bootstrap has one long DDL statement among its eleven steps, about half of its time. */
const slowStatement = {
  kind: 'slow-statement',
  on: 'migrations bootstrap',
  seconds: 2,
  migration: '004_110_to_120',
} as const;
const LOCK_SECONDS = 5;

describe('a start that is killed with all its processes in the middle of a bootstrap', { concurrency: true }, () => {
  test(`at random moments is repaired by the next start, alone and with ${sizes.others} others`, (t) =>
    killAtRandom(sizes.kills, t));
  test('and so it is at length', (t) => killAtRandom(sizes.killsAtLength, t));

  async function killAtRandom(count: number, t: TestContext): Promise<void> {
    const scene = await createScene({
      postgresql: { settings: { max_connections: '300' } },
      kong: { stepMilliseconds: 150, lockSeconds: LOCK_SECONDS, faults: [slowStatement] },
    });
    t.after(() => scene.close());
    const duration = await measureBootstrap(scene);
    const moments = randomMoments(count, t);
    const cases = moments.flatMap((moment) => [1, 1 + sizes.others].map((starters) => ({ moment, starters })));
    const kills: Kill[] = [];
    await inTurns(cases, sizes.killsAtATime, async ({ moment, starters }) => {
      const environment = await scene.freshEnvironment();
      const kill = await killBootstrap(scene, environment, moment * duration);
      kills.push(kill);
      await assertMended(scene, environment, starters, `killed after ${Math.round(moment * duration)} ms`);
    });
    const amid = kills.filter(({ isAmidStatement }) => isAmidStatement).length;
    t.diagnostic(`${kills.length} kills, ${amid} of them in the middle of a DDL statement`);
    t.diagnostic(`steps recorded at the moment of the kill: ${kills.map(({ steps }) => steps).sort((a, b) => a - b)}`);
    assert.equal(kills.length, 2 * count);
    assert.ok(amid > 0, 'none of them in the middle of a statement');
  }
});

/** Numbers from 0 to 1, one in each of so many equal parts. The seed decides where in it, and is printed: `SEED=n` repeats them. */
function randomMoments(count: number, t: TestContext): number[] {
  const seed = Number(process.env['SEED'] ?? randomInt(2 ** 31));
  t.diagnostic(`SEED=${seed}`);
  let state = seed;
  return Array.from({ length: count }, (_, part) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (part + state / 2 ** 32) / count;
  });
}

/** Milliseconds from the line that says that a bootstrap begins to its end. */
async function measureBootstrap(scene: Scene): Promise<number> {
  const running = await spawnBootstrap(await scene.freshEnvironment());
  const began = performance.now();
  const result = await running.finished;
  assert.ok(isHandedOver(result), result.stderr);
  return performance.now() - began;
}

async function spawnBootstrap(environment: Variables): Promise<RunningEntrypoint> {
  const running = await spawnEntrypoint({ ...startOf(environment), pidNamespace: whyNoPidNamespace() === false });
  await running.waitForLine('the schema is empty: bootstrapping');
  return running;
}

type Kill = { readonly isAmidStatement: boolean; readonly steps: number };

/** Kills a start so long after its bootstrap began: as PID 1 of a container, with which the kernel kills all the others. */
async function killBootstrap(scene: Scene, environment: Variables, after: number): Promise<Kill> {
  const running = await spawnBootstrap(environment);
  await sleep(after);
  if (whyNoPidNamespace() === false) running.signal('SIGKILL');
  else running.kill();
  await running.finished;
  assert.deepEqual(running.processesLeft(), []);
  const record = scene.recordOf(environment);
  const active = await scene.ask(
    environment,
    `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE '%pg_sleep(2)%'
       AND pid <> pg_backend_pid()`,
  );
  return {
    isAmidStatement: active.length > 0,
    steps: record.flatMap(({ steps }) => steps.filter(({ completed }) => completed)).length,
  };
}

async function assertMended(scene: Scene, environment: Variables, starters: number, when: string): Promise<void> {
  const before = scene.recordOf(environment).length;
  const results = await Promise.all(Array.from({ length: starters }, () => runEntrypoint(startOf(environment))));
  for (const result of results) assert.ok(isHandedOver(result), `${when}, ${starters} starters: ${result.stderr}`);
  const record = scene.recordOf(environment).slice(before);
  assert.deepEqual(repeated(stepsOf(record)), [], `${when}: no step twice after the kill`);
  assert.ok(runsOf(record, 'bootstrap').length <= 1);
  const list = await runEntrypoint({ program: [scene.world.kong.kong], args: ['migrations', 'list'], environment });
  assert.equal(list.exitCode, 0, `${when}: ${list.stdout}${list.stderr}`);
}

/** Runs the action for each, no more than so many at a time. */
async function inTurns<T>(items: readonly T[], atATime: number, action: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  async function work(): Promise<void> {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await action(item);
  }
  await Promise.all(Array.from({ length: atATime }, work));
}
