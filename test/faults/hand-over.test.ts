import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, describe } from 'node:test';
import { readInherited } from '../end-to-end/inherited.ts';
import { writeProgram } from '../end-to-end/kong-that.ts';
import { type RunningEntrypoint, readEnviron, spawnEntrypoint, whyNoPidNamespace } from '../world/kong-entrypoint.ts';
import { prove } from './figures.ts';
import { createScene, type Scene, startOf, until, type Variables } from './scene.ts';

const scene: Scene = await createScene();
after(() => scene.close());

const sleeper = writeProgram(`${scene.world.folder}/sleeper`, '#!/bin/sh\nexec sleep 300\n');
const ours = ['kong', 'docker-start'];

/** Starts it behind this shell; it is a plain exec of what Kong is here, or a start of ours that becomes it. */
async function begin(isOurs: boolean, prelude: string, pidNamespace = false): Promise<RunningEntrypoint> {
  const environment: Variables = { ...(await scene.freshEnvironment()), KONG_ENTRYPOINT_PROGRAM: sleeper };
  const { program, args, ...rest } = startOf({ ...environment, SLEEPER: sleeper }, ours, prelude);
  const words = isOurs ? [...program, ...(args ?? [])] : [...program.slice(0, 4), sleeper, ...ours];
  return spawnEntrypoint({ ...rest, program: words, args: [], pidNamespace });
}

async function untilItSleeps(pid: number): Promise<void> {
  await until(() => readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith('sleep\0'), 'the hand-over');
}

/** Every variable in its order, but for those that lead the two to databases of their own. */
function environmentOf(pid: number): string[] {
  const variables = readEnviron(pid).toString('latin1').split('\0');
  return variables.filter((variable) => !/^(?:KONG_PG_DATABASE|KONG_PREFIX|START)=/.test(variable));
}

/** What the program has of the shell before it. */
async function compare(prelude: string, pidNamespace = false): Promise<string> {
  const [plain, became] = await Promise.all(
    [false, true].map(async (isOurs) => {
      const running = await begin(isOurs, prelude, pidNamespace);
      try {
        await untilItSleeps(running.pid);
        scene.sweep.memory(running.pid);
        return { ...readInherited(running.pid), environment: environmentOf(running.pid) };
      } finally {
        running.kill();
        await running.finished;
      }
    }),
  );
  assert.deepEqual(became, plain);
  return `${Object.keys(plain ?? {}).length} properties alike`;
}

/** Whether it ends when the process that started it is killed. */
async function outlivesParent(isOurs: boolean): Promise<boolean> {
  const prelude =
    'if [ -z "$SECOND" ]; then SECOND=yes setpriv --pdeathsig KILL "$0" -c "exec \\"\\$@\\"" sh "$@" & wait; fi';
  const running = await begin(isOurs, prelude);
  const sleeping = () => running.processesLeft().find(({ commandLine }) => commandLine[0] === 'sleep');
  await until(() => sleeping() !== undefined, 'the hand-over');
  running.signal('SIGKILL');
  await running.finished;
  const survives = await until(() => sleeping() === undefined, 'its end', 2000).then(
    () => false,
    () => true,
  );
  running.kill();
  return survives;
}

/** The signals that are ignored and blocked, as bits. */
async function signalsOf(isOurs: boolean, prelude: string): Promise<string> {
  const running = await begin(isOurs, prelude);
  await untilItSleeps(running.pid);
  const status = readFileSync(`/proc/${running.pid}/status`, 'latin1');
  running.kill();
  await running.finished;
  return [...status.matchAll(/^Sig(?:Blk|Ign):\s*([0-9a-f]+)$/gm)].map(([, bits]) => Number(`0x${bits}`)).join(' ');
}

describe('Kong has what the exec of a shell would give it', () => {
  prove('hand-over', 'in a session and a group of its own', () => compare('true'));
  prove('hand-over', 'with limits, a mask for files and a priority of its own', () =>
    compare('umask 037; ulimit -c 0; ulimit -s 2048; ulimit -f 5000000; renice -n 2 $$ > /dev/null'),
  );
  prove('hand-over', 'with a parent-death signal, which still ends it', async () => {
    assert.deepEqual([await outlivesParent(false), await outlivesParent(true)], [false, false]);
    return 'ended with its parent, as a plain exec';
  });
  prove(
    'hand-over',
    'but for signals that were ignored or blocked, which are at their default (a caveat)',
    async () => {
      const prelude = `trap '' HUP; exec env --block-signal=USR1 "$0" -c 'exec "$@"' sh "$@"`;
      const [plain, became] = [await signalsOf(false, prelude), await signalsOf(true, prelude)];
      assert.deepEqual([plain, became], ['512 1', '0 0']);
      return `blocked and ignored: ${plain} by a shell, ${became} by us`;
    },
  );
  if (whyNoPidNamespace() === false) prove('hand-over', 'as PID 1', () => compare('ulimit -c 0', true));
});
