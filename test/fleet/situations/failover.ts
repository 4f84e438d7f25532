import assert from 'node:assert/strict';
import { lockKey } from '../../../src/database/lock/advisory-lock.ts';
import { isHandedOver, repeated } from '../../migrations/scene.ts';
import { type RunningEntrypoint, runEntrypoint } from '../../world/kong-entrypoint.ts';
import { DEFAULT_KNOBS, tableMigration } from '../../world/stand-in-kong/stand-in-kong.ts';
import { type Route, type WayName, ways } from '../failover-ways.ts';
import { addStandby } from '../server-pair.ts';
import { type Situation, type Undo, type Watched, watchStart } from '../situation.ts';
import { afterAWhile, openSession, type Stage, setStage } from '../stage.ts';

/** What a start is doing when the first server stops, and how it is brought there. */
type Phase = Pick<Situation, 'does' | 'exitCode' | 'line'> & {
  readonly name: string;
  readonly options?: readonly string[];
  /** Before the start. */
  prepare?(stage: Stage, after: Undo, route: Route): Promise<unknown>;
  /** Returns when the start is there. */
  reached(running: RunningEntrypoint, stage: Stage): Promise<unknown>;
};

/** Long enough for the first server to end meanwhile, and shorter than Kong's own `pg_timeout`. */
const slowStatus = { kind: 'slow-statement', on: 'migrations status', seconds: 4, times: 1 } as const;
/** Milliseconds until a start notices the end of a server that sent no FIN. */
const NOTICED_WITHIN = 60_000;
const WAITING = /waiting for PostgreSQL at \S+: .*; [\d.]+ s left/;

const phases: readonly Phase[] = [
  {
    name: 'waits for the lock',
    does: 'waits, then bootstraps on the second server',
    exitCode: 0,
    line: /waiting for the lock on schema public, held by PostgreSQL process \d+/,
    async prepare(stage, after) {
      const session = await openSession(after, stage);
      await session.query(`BEGIN; SELECT pg_advisory_xact_lock(${lockKey('public')})`);
    },
    reached: (running) => running.waitForLine('waiting for the lock on schema public, held by'),
  },
  {
    name: 'holds the lock',
    does: 'takes the lock again, then bootstraps on the second server',
    exitCode: 0,
    line: WAITING,
    async prepare(stage, after) {
      const session = await openSession(after, stage);
      await session.query('BEGIN; CREATE TABLE half_made (id int)');
    },
    reached: (running) => running.waitForLine('is still changing tables of schema public'),
  },
  {
    name: 'bootstraps',
    does: 'ends; the next start repairs it',
    exitCode: 75,
    line: /error: .*/,
    reached: (running) => running.waitForLine('core migrated up to: 000_base'),
  },
  {
    name: 'runs `up`',
    options: ['--migrations', 'up'],
    does: 'ends; the next start runs what is left',
    exitCode: 75,
    line: /error: .*/,
    async prepare({ scene }, _after, { begin }) {
      assert.ok(isHandedOver(await runEntrypoint(begin())));
      const more = ['001', '002', '003', '004'].map((name) => tableMigration('acl', name));
      scene.world.kong.configure({ migrations: [...DEFAULT_KNOBS.migrations, ...more] });
    },
    reached: (running) => running.waitForLine('acl migrated up to: 001'),
  },
  {
    name: 'reads the state',
    options: ['--fast-path', 'off'],
    does: 'reads it again from the second server',
    exitCode: 0,
    line: WAITING,
    async prepare(stage, _after, { begin }) {
      assert.ok(isHandedOver(await runEntrypoint(begin())));
      stage.scene.world.kong.configure({ faults: [slowStatus] });
    },
    reached: (_running, stage) => untilItReads(stage),
  },
];

const names = Object.keys(ways).filter((name): name is WayName => name in ways);

/** The first of two servers ends and the second takes over. */
export const failoverSituations: readonly Situation[] = names.flatMap((way) =>
  phases.map((phase): Situation => {
    const { atMost, needs } = ways[way];
    const name = `a failover ${way} while the start ${phase.name}`;
    return { ...phase, name, atMost, needs, play: (after) => failOver(after, phase, way) };
  }),
);

async function failOver(after: Undo, phase: Phase, name: WayName): Promise<Watched> {
  const way = await ways[name].open(after);
  const kong = { stepMilliseconds: 400, lockSeconds: 5 };
  const stage = await setStage(after, { kong, postgresql: way.firstServer });
  const standby = await addStandby(after, stage, way);
  const route = await way.lead(after, stage);
  await phase.prepare?.(stage, after, route);
  const begun = stage.scene.recordOf(stage.environment).length;
  const watched = await watchStart(route.begin(phase.options), async (running) => {
    await phase.reached(running, stage);
    await route.endFirst();
    if (phase.line === WAITING) await running.waitForLine(WAITING, NOTICED_WITHIN);
    await standby.query('SELECT pg_promote()');
  });
  const next = await runEntrypoint(route.begin(phase.options));
  assert.ok(isHandedOver(next), `the next start: ${next.stderr}\nafter: ${watched.stderr}`);
  assert.deepEqual(repeated(stepsCompleted(stage, begun)), [], 'no step twice');
  return watched;
}

/** Returns when the server is busy with the statement of `kong migrations status`. */
async function untilItReads({ scene, environment }: Stage): Promise<void> {
  const reading =
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(4)%' AND pid <> pg_backend_pid()";
  while ((await scene.ask(environment, reading)).length === 0) await afterAWhile(() => undefined, 50);
}

/** The steps that were completed on either server since this invocation of Kong. */
function stepsCompleted({ scene, environment }: Stage, since: number): string[] {
  const runs = scene.recordOf(environment).slice(since);
  const steps = runs.flatMap((run) => run.steps.filter(({ completed }) => completed));
  return steps.map(({ subsystem, name, phase }) => `${subsystem} ${name} ${phase}`);
}
