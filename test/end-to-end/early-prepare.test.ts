import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EntrypointResult, runEntrypoint, spawnEntrypoint } from '../world/kong-entrypoint.ts';
import type { Fault, Invocation } from '../world/stand-in-kong/stand-in-kong.ts';
import { KONG_PASSWORD } from '../world/world.ts';
import { createHowTo, type HowTo, startOf, type Variables } from './how-to-start.ts';
import { type Program, programs } from './programs.ts';
import { stopServing, untilServing } from './serving-kong.ts';

let howTo: HowTo;
before(async () => {
  howTo = await createHowTo();
});
after(() => howTo.close());

const native = ['--start', 'native', 'kong', 'docker-start'];
const on = 'prepare';
const hanging: readonly Fault[] = [{ kind: 'hang', on }];

/** What ends a start while `kong prepare` runs beside it. */
type Ending = {
  readonly because: string;
  readonly exitCode: number;
  readonly options?: readonly string[];
  prepare(environment: Variables): Variables | undefined;
};

const endings: readonly Ending[] = [
  {
    because: 'the vault never answers',
    exitCode: 75,
    options: ['--timeout', '3s'],
    prepare: () => void howTo.vault.fail('hang'),
  },
  {
    because: 'the login is refused',
    exitCode: 77,
    prepare: (environment) => ({ ...environment, KONG_PG_PASSWORD: 'another one' }),
  },
  {
    because: 'the policy does not migrate',
    exitCode: 78,
    options: ['--migrations', 'check'],
    prepare: () => undefined,
  },
];

function prepares(): Invocation[] {
  return howTo.world.kong.record().filter(({ arguments: [command] }) => command === 'prepare');
}

async function untilItPrepares(): Promise<void> {
  while (prepares().length === 0) await sleep(20);
}

/** A start whose vault never answers: only what does not wait for it happens. */
async function startWithoutVault(program: Program, words: readonly string[]): Promise<EntrypointResult> {
  const environment = await howTo.freshEnvironment();
  howTo.vault.fail('hang');
  const { program: own, args, ...rest } = startOf(program, ['--timeout', '3s', ...words], environment);
  return runEntrypoint({ program: own, args: args ?? [], ...rest });
}

for (const program of programs) {
  describe(`kong prepare of a native start of the ${program.name}`, () => {
    test('runs to its end while the vault is still asked', { skip: availableParallelism() < 2 }, async () => {
      const { exitCode, stderr } = await startWithoutVault(program, native);
      assert.equal(exitCode, 75, stderr);
      assert.deepEqual(
        prepares().map((prepare) => prepare.exitCode),
        [0],
      );
    });

    test('waits for the vault where values are handed over', async () => {
      await startWithoutVault(program, ['--handover', 'values', ...native]);
      assert.deepEqual(prepares(), []);
    });

    test('waits for the rest of the start on one processor', async () => {
      const onOne = { ...program, words: ['taskset', '-c', '0', ...program.words] };
      await startWithoutVault(onOne, native);
      assert.deepEqual(prepares(), []);
    });

    for (const ending of endings) {
      test(`is stopped, and nothing of it is left, when ${ending.because}`, async () => {
        const fresh = await howTo.freshEnvironment();
        const environment = ending.prepare(fresh) ?? fresh;
        howTo.world.kong.configure({ faults: hanging });
        const running = await spawnEntrypoint(startOf(program, [...(ending.options ?? []), ...native], environment));
        const { exitCode, stderr } = await running.finished;
        assert.equal(exitCode, ending.exitCode, stderr);
        assert.deepEqual(running.processesLeft(), []);
      });
    }

    test('gets a stop, and nothing of it is left', { skip: availableParallelism() < 2 }, async () => {
      const environment = await howTo.freshEnvironment();
      howTo.vault.fail('hang');
      howTo.world.kong.configure({ faults: hanging });
      const running = await spawnEntrypoint(startOf(program, native, environment));
      await untilItPrepares();
      running.signal('SIGTERM');
      assert.equal((await running.finished).exitCode, 143);
      assert.deepEqual(running.processesLeft(), []);
    });

    test('prints nothing of a secret that is fetched after it printed', async (t) => {
      const environment = await howTo.freshEnvironment();
      howTo.world.kong.configure({ faults: [{ kind: 'print-password', on }], migrationsDereference: true });
      t.after(() => howTo.world.kong.configure({ migrationsDereference: false }));
      const running = await spawnEntrypoint(startOf(program, native, environment));
      await untilServing(running, howTo.world.kong);
      await stopServing(running);
      assert.match(running.stdout(), /^connecting with password \[secret\] now$/m);
      assert.match(running.stderr(), /^warning: password=\[secret\]$/m);
      assert.ok(!`${running.stdout()}${running.stderr()}`.includes(KONG_PASSWORD));
    });
  });
}
