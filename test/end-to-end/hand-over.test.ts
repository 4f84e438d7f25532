import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunningEntrypoint, spawnEntrypoint, whyNoPidNamespace } from '../world/kong-entrypoint.ts';
import { installStandInKong } from '../world/stand-in-kong/stand-in-kong.ts';
import { createHowTo, type HowTo, type Variables } from './how-to-start.ts';
import { type Inherited, readInherited, readOpenFilesLimit } from './inherited.ts';
import { withKongThat, writeProgram } from './kong-that.ts';
import { programs } from './programs.ts';

let howTo: HowTo;
before(async () => {
  howTo = await createHowTo();
  mkdirSync(join(howTo.world.folder, 'somewhere else'));
});
after(() => howTo.close());

/** What a start does before it hands over, in order: the database of the first is empty. */
const starts = {
  'the secret, and migrations': ['kong', 'start'],
  'the secret, and a look at the schema': ['kong', 'start'],
  nothing: ['--migrations', 'off', 'kong', 'start'],
  'a command that is not for us': ['sleep', '60'],
} as const;

/** What the shell before us sets up, and both have to leave as it is. */
const settings: Readonly<Record<string, string>> = {
  'a umask, a folder and a priority': 'umask 027; cd "$FOLDER"; renice -n 3 $$ > /dev/null',
  limits: 'ulimit -c 0; ulimit -s 4096; ulimit -n 512',
  'pipes for output': 'exec > "$PIPE" 2>&1',
  'files for input and output': 'exec < /etc/passwd >> "$PIPE.txt" 2> "$PIPE.error"',
  'one file for all of them': 'exec 0<> "$PIPE.txt" >&0 2>&0',
};

type Setting = { readonly environment: Variables; readonly prelude?: string; readonly pidNamespace?: boolean };

/** Becomes `sleep` behind a shell that sets things up, and has what is read of it then. */
async function inherit<T = Inherited>(
  words: readonly string[],
  setting: Setting,
  read: (running: RunningEntrypoint) => T | Inherited = readAll,
): Promise<T | Inherited> {
  const pipe = join(howTo.world.folder, 'pipe');
  const reader = readPipe(pipe);
  const running = await spawnEntrypoint({
    program: ['/bin/sh', '-c', `${setting.prelude ?? ''}\nexec "$@"`, 'sh'],
    args: words,
    environment: { ...setting.environment, PIPE: pipe, FOLDER: join(howTo.world.folder, 'somewhere else') },
    pidNamespace: setting.pidNamespace === true,
  });
  try {
    await untilItSleeps(running);
    return read(running);
  } finally {
    running.kill();
    await running.finished;
    reader.kill();
    rmSync(pipe);
  }
}

function readAll(running: RunningEntrypoint): Inherited {
  const others = running.processesLeft().filter(({ commandLine }) => !/unshare$/.test(commandLine[0] ?? ''));
  return { ...readInherited(running.pid), processes: others.length };
}

/** A named pipe with somebody who reads it. */
function readPipe(pipe: string): ChildProcess {
  spawnSync('mkfifo', [pipe]);
  return spawn('cat', [pipe], { stdio: 'ignore' });
}

async function untilItSleeps(running: RunningEntrypoint): Promise<void> {
  for (let waited = 0; waited < 20_000; waited += 10) {
    if (readFileSync(`/proc/${running.pid}/cmdline`, 'latin1').startsWith('sleep\0')) return;
    await sleep(10);
  }
  throw new Error(`it never slept: ${running.stderr()}`);
}

async function freshEnvironment(): Promise<Variables> {
  return withKongThat(howTo.world, await howTo.freshEnvironment(), { otherwise: 'exec sleep 60' });
}

/** A Kong of its own, whose nginx sleeps. The shell of its script is in nginx's environment, which is compared elsewhere. */
function withNginxThatSleeps(variables: Variables) {
  const kong = installStandInKong(join(howTo.world.folder, 'sleeping'));
  writeProgram(kong.nginx, '#!/bin/sh\nexec sleep 60\n');
  const environment = { ...variables, PATH: `${kong.bin}:/usr/bin:/bin`, KONG_DATABASE: 'off' };
  return { environment, script: kong.entryScript };
}

function withoutEnvironment(running: RunningEntrypoint): Inherited {
  return { ...readAll(running), environment: undefined };
}

for (const program of programs) {
  describe(`the ${program.name} leaves what the exec of a shell leaves`, () => {
    let environment: Variables;
    before(async () => {
      environment = await freshEnvironment();
    });

    for (const [done, words] of Object.entries(starts)) {
      test(`after ${done}`, async () => {
        const setting = { environment };
        const plain = await inherit(words[0] === 'sleep' ? words : ['kong', 'start'], setting);
        assert.deepEqual(await inherit([...program.words, ...words], setting), plain);
      });
    }

    for (const [name, prelude] of Object.entries(settings)) {
      test(`given ${name}`, async () => {
        const setting = { environment, prelude };
        const plain = await inherit(['kong', 'start'], setting);
        assert.deepEqual(await inherit([...program.words, 'kong', 'start'], setting), plain);
      });
    }

    test('as PID 1, after the secret and migrations', { skip: whyNoPidNamespace() }, async () => {
      const setting = { environment: await freshEnvironment(), pidNamespace: true };
      const plain = await inherit(['kong', 'start'], setting);
      assert.deepEqual(await inherit([...program.words, 'kong', 'start'], setting), plain);
    });

    test('after a native start, and leaves what the script of the image leaves', async () => {
      const natively = withNginxThatSleeps(await freshEnvironment());
      const plain = await inherit([natively.script, 'kong', 'docker-start'], natively, withoutEnvironment);
      const words = [...program.words, '--start', 'native', 'kong', 'docker-start'];
      assert.deepEqual(await inherit(words, natively, withoutEnvironment), plain);
    });

    test('but for the soft limit on open files, which is raised to the hard one', async () => {
      const setting = { environment, prelude: 'ulimit -S -n 300; ulimit -H -n 900' };
      const limit = ({ pid }: RunningEntrypoint): string[] => readOpenFilesLimit(pid);
      assert.deepEqual(await inherit(['kong', 'start'], setting, limit), ['300', '900']);
      assert.deepEqual(await inherit([...program.words, 'kong', 'start'], setting, limit), ['900', '900']);
    });
  });
}
