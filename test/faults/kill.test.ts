import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { after, before, describe } from 'node:test';
import { isHandedOver } from '../migrations/scene.ts';
import { runEntrypoint, spawnEntrypoint, whyNoPidNamespace } from '../world/kong-entrypoint.ts';
import { prove } from './figures.ts';
import { type Moment, type Phase, phasesOn, prepareStage, type Stage } from './kill-phases.ts';
import { createScene, type Scene, startOf, until, type Variables } from './scene.ts';

const scene: Scene = await createScene();
const stage: Stage = await prepareStage(scene);
before(() => scene.sweep.look());
after(async () => {
  await stage.hanging.close();
  await scene.close();
});

const signals = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGKILL'] as const;
const ranks = whyNoPidNamespace() === false ? [false, true] : [false];
type Signal = (typeof signals)[number];
/** Less than the grace period of 8 s, which is what it would take if nobody was told. */
const LONGEST_MS = 5000;

describe('a start that gets a signal ends with 128 and its number, leaves nothing, and the next one succeeds', {
  concurrency: 5,
}, () => {
  for (const [when, phase] of Object.entries(phasesOn(stage))) {
    for (const signal of signals) {
      for (const isFirst of ranks) prove('kill', titleOf(signal, when, isFirst), () => kill(phase, signal, isFirst));
    }
  }
});

/** Of the signals that are passed on alike, one stands for all in `npm test`. */
function titleOf(signal: Signal, when: string, isFirst: boolean): string {
  const rank = isFirst ? ', as PID 1' : '';
  return `${signal} while ${when}${rank}${/TERM|KILL/.test(signal) ? '' : ', at length'}`;
}

async function kill(phase: Phase, signal: Signal, pidNamespace: boolean): Promise<string> {
  const given = await scene.freshEnvironment();
  const moment = await phase.begin(given, scene);
  const running = await spawnEntrypoint({ ...startOf(moment.environment), pidNamespace });
  const end = once(moment.end);
  try {
    await moment.reached(running);
    const signalled = performance.now();
    running.signal(signal);
    const { exitCode, signal: endedBy, stdout, stderr } = await running.finished;
    const took = Math.round(performance.now() - signalled);
    scene.sweep.read(`what was printed until ${signal}`, stdout + stderr);
    scene.sweep.look();
    // Of a PID 1 that is killed the tool that made the namespace tells nothing.
    const status =
      signal === 'SIGKILL' && pidNamespace ? 137 : (exitCode ?? 128 + constants.signals[endedBy ?? 'SIGKILL']);
    assert.equal(status, 128 + constants.signals[signal], stderr);
    assert.ok(took < LONGEST_MS, `${took} ms`);
    const left = running.processesLeft().length;
    // A process cannot take its children along when it is killed; a container ends with all of them.
    const mayLeave = signal === 'SIGKILL' && !pidNamespace && phase.hasChild === true;
    assert.equal(left > 0, mayLeave, `${left} processes are left`);
    const prefixes = prefixesOf(moment, given);
    if (signal !== 'SIGKILL') assert.deepEqual(prefixes.filter(existsSync), [], 'the prefix is left');
    running.kill();
    await end();
    await until(async () => (await countLocks(given)) === 0, 'the release of the lock');
    const next = await startAgain(given, phase);
    assert.deepEqual(prefixes.filter(existsSync), [], 'the prefix is left after the next start');
    return `${status} after ${took} ms, ${left} processes left, next start in ${next} ms`;
  } finally {
    running.kill();
    await end();
  }
}

function once(action: (() => Promise<unknown>) | undefined): () => Promise<unknown> {
  let done: Promise<unknown> | undefined;
  return () => {
    done ??= action?.() ?? Promise.resolve();
    return done;
  };
}

async function startAgain(given: Variables, { hasChild }: Phase): Promise<number> {
  const next = await runEntrypoint(startOf(given));
  scene.sweep.read('what the next start printed', next.stdout + next.stderr);
  assert.ok(isHandedOver(next), next.stderr);
  if (hasChild === true) assert.match(next.stderr, /schema ready/);
  return Math.round(next.durationMs);
}

/** The throw-away folders that this start gave to Kong. */
function prefixesOf({ kong = scene.world.kong }: Moment, { KONG_PG_DATABASE: database }: Variables): string[] {
  const ours = kong.record().filter(({ environment }) => environment['KONG_PG_DATABASE'] === database);
  return ours.map(({ environment }) => environment['KONG_PREFIX'] ?? '');
}

async function countLocks(given: Variables): Promise<number> {
  const sql = `SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
  return Number((await scene.ask(given, sql))[0]?.['count']);
}
