import assert from 'node:assert/strict';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { runEntrypoint, spawnEntrypoint, whyNoPidNamespace } from '../world/kong-entrypoint.ts';

/** What the runner of entrypoints promises, shown with a shell in the entrypoint's place. */
let folder: string;
before(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'runner-')));
});
after(() => rm(folder, { recursive: true, force: true }));

const shell = (script: string) => ({ program: ['/bin/sh', '-c', script], environment: { PATH: '/usr/bin:/bin' } });

test('exit status, signal, both streams, input and folder', async () => {
  const run = await runEntrypoint({ ...shell('cat; pwd; echo oops >&2; exit 3'), stdin: 'given\n', cwd: folder });
  assert.deepEqual([run.exitCode, run.signal, run.stdout, run.stderr], [3, null, `given\n${folder}\n`, 'oops\n']);
  const killed = await runEntrypoint(shell('kill -9 $$'));
  assert.deepEqual([killed.exitCode, killed.signal, killed.timedOut], [null, 'SIGKILL', false]);
});

test('the environment is exactly what was given', async () => {
  const environment = { Z: '1', 'a.b': 'x y', EMPTY: '' };
  const run = await runEntrypoint({ program: ['/bin/cat', '/proc/self/environ'], environment });
  assert.equal(run.stdout, 'Z=1\0a.b=x y\0EMPTY=\0');
});

test('a time limit kills everything, also what left the session', async () => {
  const script = 'setsid sleep 61 & sleep 62';
  const options = { ...shell(script), environment: { PATH: '/usr/bin:/bin', MARK: folder }, marker: folder };
  const running = await spawnEntrypoint({ ...options, timeout: 500 });
  const run = await running.finished;
  assert.equal(run.timedOut, true);
  assert.deepEqual(running.processesLeft(), []);
});

test('what is left of it is listed', async () => {
  const script = 'setsid sleep 63 > /dev/null 2>&1 & exit 0';
  const options = { ...shell(script), environment: { PATH: '/usr/bin:/bin', MARK: folder }, marker: folder };
  const running = await spawnEntrypoint(options);
  await running.finished;
  const [left, ...more] = running.processesLeft();
  assert.match(left?.commandLine.join(' ') ?? '', /sleep 63/);
  assert.deepEqual(more, []);
  running.kill();
});

test('lines are waited for, whether printed already or not, and not for ever', async () => {
  const running = await spawnEntrypoint(shell('echo one; sleep 0.2; echo two >&2; sleep 0.2; echo three'));
  assert.equal(await running.waitForLine('two'), 'two');
  assert.equal(await running.waitForLine(/^on/), 'one');
  await assert.rejects(running.waitForLine('four'), /the process ended before a line like four/);
  await assert.rejects(spawnEntrypoint({ program: ['/nonexistent'] }), { code: 'ENOENT' });
});

test('PID 1 of its own namespace: told apart by its PID, reached by signals', {
  skip: whyNoPidNamespace(),
}, async () => {
  const script = 'trap "exit 5" TERM; echo "I am $$"; while :; do sleep 0.05; done';
  const running = await spawnEntrypoint({ ...shell(script), pidNamespace: true });
  assert.equal(await running.waitForLine('I am'), 'I am 1');
  assert.notEqual(running.pid, 1);
  running.signal('SIGTERM');
  assert.equal((await running.finished).exitCode, 5);
  assert.deepEqual(running.processesLeft(), []);
});

test('PID 1 without a handler does not hear a signal', { skip: whyNoPidNamespace() }, async () => {
  const running = await spawnEntrypoint({ ...shell('echo ready; sleep 0.5; exit 6'), pidNamespace: true });
  await running.waitForLine('ready');
  running.signal('SIGTERM');
  assert.equal((await running.finished).exitCode, 6);
});
