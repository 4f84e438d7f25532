import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunningEntrypoint, spawnEntrypoint, whyNoPidNamespace } from '../world/kong-entrypoint.ts';
import type { Fault } from '../world/stand-in-kong/stand-in-kong.ts';
import { createHowTo, type HowTo, startOf, type Variables } from './how-to-start.ts';
import { type Program, programs } from './programs.ts';

let howTo: HowTo;
before(async () => {
  howTo = await createHowTo();
});
after(() => howTo.close());

/** A moment of a start: how to bring it about, and how to know that it is there. */
type Phase = {
  readonly options?: readonly string[];
  readonly command?: string;
  prepare?(environment: Variables): Variables | undefined;
  reached(running: RunningEntrypoint, environment: Variables): Promise<unknown>;
  /** Milliseconds that the end takes at least. */
  readonly takes?: number;
  /** And at most. */
  readonly within?: number;
};

/** Less than the grace period of 8 s, which is what it would take if nobody was told. */
const IN_TIME = 6000;
const on = 'migrations bootstrap';
/** Says that it is there before it hangs. */
const hanging: readonly Fault[] = [
  { kind: 'print-password', on },
  { kind: 'hang', on },
];
const stubborn: readonly Fault[] = [{ kind: 'ignore-signals', on }, ...hanging];
const hangingPrepare = hanging.map((fault) => ({ ...fault, on: 'prepare' }));
const native = ['--start', 'native'];

function hangs(running: RunningEntrypoint): Promise<string> {
  return running.waitForLine('connecting with');
}

const phases: Readonly<Record<string, Phase>> = {
  'the vault does not answer': {
    prepare: () => void howTo.vault.fail('hang'),
    reached: () => until(() => howTo.vault.requests.length > 0),
  },
  'nothing listens at the database': {
    prepare: (environment) => ({ ...environment, KONG_PG_PORT: '1' }),
    reached: (running) => running.waitForLine('waiting for PostgreSQL'),
  },
  'migrations run': {
    prepare: () => void howTo.world.kong.configure({ faults: hanging }),
    reached: hangs,
    within: IN_TIME,
  },
  'migrations run that ignore every signal': {
    options: ['--grace', '400ms'],
    prepare: () => void howTo.world.kong.configure({ faults: stubborn }),
    reached: hangs,
    takes: 400,
  },
  'migrations are in the middle of a statement': {
    prepare: () => void howTo.world.kong.configure({ faults: [{ kind: 'slow-statement', seconds: 30, on }] }),
    reached: (_, environment) => until(async () => (await countBackends(environment, "LIKE '%pg_sleep(30)%'")) > 0),
    within: IN_TIME,
  },
  'migrations run as the command of the container': {
    command: on,
    prepare: () => void howTo.world.kong.configure({ faults: hanging }),
    reached: hangs,
    within: IN_TIME,
  },
  'kong prepare runs': {
    options: native,
    prepare: () => void howTo.world.kong.configure({ faults: hangingPrepare }),
    reached: hangs,
    within: IN_TIME,
  },
  'kong prepare runs for a Kong without a database': {
    options: native,
    prepare(environment) {
      howTo.world.kong.configure({ faults: hangingPrepare });
      return { ...environment, KONG_DATABASE: 'off' };
    },
    reached: hangs,
    within: IN_TIME,
  },
  'kong prepare runs that ignores every signal': {
    options: [...native, '--grace', '400ms'],
    prepare() {
      howTo.world.kong.configure({ faults: [{ kind: 'ignore-signals', on: 'prepare' }, ...hangingPrepare] });
    },
    reached: hangs,
    takes: 400,
  },
  'somebody else is to migrate': {
    options: ['--migrations', 'wait'],
    reached: (running) => running.waitForLine('waiting for migrations that run elsewhere'),
  },
};

const signals = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP'] as const;
type Signal = (typeof signals)[number];

/** Sends the signal in the phase, and looks at what is left. */
async function assertStops(program: Program, phase: Phase, signal: Signal, pidNamespace = false): Promise<void> {
  const fresh = await howTo.freshEnvironment();
  const environment = phase.prepare?.(fresh) ?? fresh;
  const words = ['kong', ...(phase.command ?? 'docker-start').split(' ')];
  const options = startOf(program, [...(phase.options ?? []), ...words], environment);
  const running = await spawnEntrypoint({ ...options, pidNamespace, timeout: 15_000 });
  await phase.reached(running, environment).finally(() => running.signal(signal));
  const signalled = performance.now();
  const { exitCode, stderr, stdout } = await running.finished;
  const took = performance.now() - signalled;
  assert.ok(took >= (phase.takes ?? 0) && took < (phase.within ?? Number.POSITIVE_INFINITY), `${took} ms`);
  assert.equal(exitCode, 128 + constants.signals[signal], stderr);
  assert.match(stderr, new RegExp(`^kong-entrypoint: error: stopped by ${signal}$`, 'm'));
  assert.doesNotMatch(`${stderr}${stdout}`, /handing over|Kong started/);
  assert.deepEqual(running.processesLeft(), []);
  for (const { environment: given } of children()) assert.ok(!existsSync(given['KONG_PREFIX'] ?? ''));
  await until(async () => (await countBackends(environment, "NOT LIKE '%pg_sleep(30)%'")) === 0);
}

function children() {
  return howTo.world.kong.record().filter(({ arguments: words }) => words[0] === 'migrations');
}

/** What the server has of them: the backend of a process that is gone goes a moment later, and with it the lock. */
async function countBackends({ KONG_PG_DATABASE: database }: Variables, query: string): Promise<number> {
  const sql = `SELECT count(*)::int FROM pg_stat_activity WHERE datname = '${database}' AND query ${query}`;
  const [row] = await howTo.world.postgresql.query(sql);
  return Number(row?.['count']);
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 10_000; waited += 20) {
    if (await isSo()) return;
    await sleep(20);
  }
  throw new Error('it did not come about');
}

for (const program of programs) {
  describe(`the ${program.name} ends with 128 and the number of the signal, and leaves nothing`, () => {
    for (const [when, phase] of Object.entries(phases)) {
      for (const signal of signals) {
        test(`at ${signal} while ${when}${/QUIT|HUP/.test(signal) ? ', at length' : ''}`, () =>
          assertStops(program, phase, signal));
      }
    }

    for (const [when, phase] of Object.entries(phases)) {
      test(`as PID 1, at SIGTERM while ${when}`, { skip: whyNoPidNamespace() }, () =>
        assertStops(program, phase, 'SIGTERM', true),
      );
    }

    test('at a second signal neither sooner nor later: the grace period and the status are those of the first', async () => {
      const environment = await howTo.freshEnvironment();
      howTo.world.kong.configure({ faults: stubborn });
      const options = startOf(program, ['--grace', '2s', 'kong', 'start'], environment);
      const running = await spawnEntrypoint({ ...options, timeout: 15_000 });
      await hangs(running);
      const signalled = performance.now();
      running.signal('SIGTERM');
      await sleep(1500);
      running.signal('SIGINT');
      const { exitCode } = await running.finished;
      const took = performance.now() - signalled;
      assert.equal(exitCode, 143);
      assert.ok(took >= 2000 && took < 3400, `${took} ms`);
      assert.deepEqual(running.processesLeft(), []);
    });
  });
}
