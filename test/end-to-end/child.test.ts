import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunningEntrypoint, runEntrypoint, spawnEntrypoint } from '../world/kong-entrypoint.ts';
import type { Fault } from '../world/stand-in-kong/stand-in-kong.ts';
import { KONG_PASSWORD, KONG_USER } from '../world/world.ts';
import { createHowTo, type HowTo, startOf, type Variables } from './how-to-start.ts';
import { withKongThat } from './kong-that.ts';
import { programs } from './programs.ts';

let howTo: HowTo;
before(async () => {
  howTo = await createHowTo();
});
after(() => howTo.close());

const start = ['kong', 'start'];
const bootstrap = ['kong', 'migrations', 'bootstrap'];
const on = 'migrations bootstrap';

/** A Kong whose migrations have these faults, and begin with this script; anything else of it ends at once. */
async function given(faults: readonly Fault[], migrations = ''): Promise<Variables> {
  const environment = withKongThat(howTo.world, await howTo.freshEnvironment(), { otherwise: 'exit 0', migrations });
  howTo.world.kong.configure({ faults });
  return environment;
}

const MEGABYTE = 1024 * 1024;

for (const program of programs) {
  describe(`the migrations of the ${program.name}`, () => {
    test('run in a process group of their own', async () => {
      const running = await spawnEntrypoint(startOf(program, start, await given([])));
      await running.finished;
      const [child] = howTo.world.kong.record();
      assert.deepEqual([child?.ppid, child?.pgid], [running.pid, child?.pid]);
    });

    test('pass their output through, each stream on its own, with the password masked and the user left', async () => {
      const environment = await given([{ kind: 'print-password', on }], 'echo "user $KONG_PG_USER"');
      const { stdout, stderr } = await runEntrypoint(startOf(program, start, environment));
      assert.match(stdout, /^connecting with password \[secret\] now$/m);
      assert.match(stderr, /^warning: password=\[secret\]$/m);
      assert.match(stdout, /^Bootstrapping database\.\.\.$/m);
      assert.match(stdout, new RegExp(`^user ${KONG_USER}$`, 'm'));
      assert.ok(!`${stdout}${stderr}`.includes(KONG_PASSWORD));
    });

    test('are shown masked also where they were only asked, and failed', async () => {
      const script = 'echo "no login with $KONG_PG_PASSWORD" >&2; exit 3';
      const run = await runEntrypoint(startOf(program, start, await given([], script)));
      assert.equal(run.exitCode, 3);
      assert.match(run.stderr, /^no login with \[secret\]$/m);
    });

    test('may print 100 MB, which go through whole and in bounded memory', async () => {
      const environment = await given([{ kind: 'flood', megabytes: 100, on }]);
      const running = await spawnEntrypoint(startOf(program, bootstrap, environment));
      const peak = await peakMemory(running);
      const { exitCode, stdout } = await running.finished;
      assert.equal(exitCode, 0);
      assert.ok(stdout.length > 100 * MEGABYTE);
      assert.ok(peak > 20 * MEGABYTE && peak < 130 * MEGABYTE, `${peak / MEGABYTE} MiB`);
    });

    test('may print a line without an end, with the password across every place where it could be cut', async () => {
      const script = `[ "$2" = bootstrap ] && awk -v p="$KONG_PG_PASSWORD" 'BEGIN { for (i = 0; i < 20000; i++) printf "%s%s", i, p }'`;
      const { stdout } = await runEntrypoint(startOf(program, bootstrap, await given([], script)));
      assert.equal(stdout.split('[secret]').length, 20_001);
      assert.ok(!stdout.includes('battery'));
    });

    for (const [words, code] of [
      [start, 42],
      [bootstrap, 14],
    ] as const) {
      test(`that fail with ${code} end ${words.join(' ')} with it, and Kong is not started`, async () => {
        const environment = await given([{ kind: 'exit', code, on, message: 'no space left' }]);
        const run = await runEntrypoint(startOf(program, words, environment));
        assert.equal(run.exitCode, code);
        assert.match(run.stderr, /^Error: no space left$/m);
        assert.match(
          run.stderr,
          new RegExp(`^kong-entrypoint: error: kong migrations bootstrap failed with exit code ${code}$`, 'm'),
        );
        assert.doesNotMatch(run.stderr, /handing over/);
      });
    }

    test('that are killed end the start with 128 and the number of the signal', async () => {
      const script = '[ "$2" = bootstrap ] && kill -KILL $$';
      const run = await runEntrypoint(startOf(program, start, await given([], script)));
      assert.equal(run.exitCode, 137);
      assert.match(run.stderr, /error: kong migrations bootstrap was ended by SIGKILL/);
    });

    for (const [when, failing] of [
      ['are done', ''],
      ['fail', 'exit 5'],
    ]) {
      test(`leave nothing running that they started, when they ${when}`, async () => {
        const script = `sleep 300 & sleep 301 > /dev/null 2>&1 & ${failing}`;
        const running = await spawnEntrypoint(startOf(program, bootstrap, await given([], script)));
        const { exitCode, durationMs } = await running.finished;
        assert.equal(exitCode, failing === '' ? 0 : 5);
        assert.ok(durationMs < 15_000);
        assert.deepEqual(running.processesLeft(), []);
      });
    }

    test('are not waited for where a process with a session of its own still holds their output, and it is killed', async () => {
      const environment = await given([{ kind: 'grandchild', seconds: 300, on }]);
      const running = await spawnEntrypoint(startOf(program, bootstrap, environment));
      const { exitCode, durationMs } = await running.finished;
      assert.equal(exitCode, 0);
      assert.ok(durationMs < 15_000);
      assert.deepEqual(running.processesLeft(), []);
    });

    test('leave no process behind when they are stopped, whatever session it made for itself', async () => {
      const script = `[ "$2" = bootstrap ] && { setsid sleep 300 & setsid sleep 301 > /dev/null 2>&1 & echo asleep; sleep 302; }`;
      const running = await spawnEntrypoint(startOf(program, bootstrap, await given([], script)));
      await running.waitForLine('asleep');
      running.signal('SIGTERM');
      assert.equal((await running.finished).exitCode, 143);
      assert.deepEqual(running.processesLeft(), []);
    });
  });
}

/** The most memory that the process had at any time, looked at until it ends. */
async function peakMemory({ pid }: RunningEntrypoint): Promise<number> {
  let peak = 0;
  for (;;) {
    const line = /^VmHWM:\s+(\d+) kB$/m.exec(readStatus(pid));
    if (line === null) return peak;
    peak = Math.max(peak, Number(line[1]) * 1024);
    await sleep(20);
  }
}

function readStatus(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'latin1');
  } catch {
    return '';
  }
}
