import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { searchFiles, searchProcesses } from '../../scripts/demo/search.ts';
import { createTerminal } from '../../scripts/demo/terminal.ts';
import { type RunningEntrypoint, spawnEntrypoint } from '../world/kong-entrypoint.ts';

const demo = fileURLToPath(new URL('../../scripts/demo.ts', import.meta.url));
/** Where the demonstration puts all that it writes, and so the mark of every process of it. */
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'demo-test-'));
  chmodSync(folder, 0o755);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function startDemo(...args: readonly string[]): Promise<RunningEntrypoint> {
  const programs = dirname(process.execPath);
  return spawnEntrypoint({
    program: [process.execPath, demo],
    args,
    environment: { PATH: `${join(folder, 'bin')}${delimiter}${programs}:/usr/bin:/bin`, TMPDIR: folder },
    marker: folder,
  });
}

async function assertNothingIsLeft(running: RunningEntrypoint): Promise<void> {
  for (let looks = 0; looks < 50 && running.processesLeft().length > 0; looks += 1) await sleep(100);
  assert.deepEqual(running.processesLeft(), []);
  assert.deepEqual(readdirSync(folder), []);
}

test('the demonstration proves what it claims, ends by itself and leaves nothing', async () => {
  const running = await startDemo();
  const { exitCode, stdout, stderr } = await running.finished;
  assert.equal(exitCode, 0, `${stdout}${stderr}`);
  const claims = [
    /^ {2}a stand-in plays Kong/m,
    /\| kong-entrypoint: info: 2 references \(KONG_PG_USER, KONG_PG_PASSWORD\), 1 secret from aws/,
    /^ {2}ok {3}Kong was given references, and shows no password$/m,
    /"pg_user": "\{vault:\/\/aws\/kong-gateway-database\/pg_user\}"\n +"pg_password": "\*{6}"$/m,
    /^ {2}ok {3}the schema is there/m,
    /^ {2}ok {3}the process that was kong-entrypoint is Kong now \(PID \d+\), and nothing of ours is left$/m,
    /^ {2}ok {3}the image's script was given the \d+ variables of the container, byte for byte$/m,
    /^ {2}ok {3}Kong has all of them: .+\n +changed or missing: none$/m,
    /^ {2}ok {3}the password is found nowhere$/m,
    /^All of it holds\.$/m,
  ];
  for (const claim of claims) assert.match(stdout, claim);
  assert.doesNotMatch(stdout, /^ {2}NOT /m);
  assert.ok(!stdout.includes('\u001b'), 'no colour where there is no terminal');
  assert.equal(stderr, '');
  await assertNothingIsLeft(running);
});

const moments: readonly (readonly [when: string, line: RegExp])[] = [
  ['while the database is being made', /What is there before/],
  ['while the schema is bootstrapped', /the schema is empty/],
  ['while Kong starts', /handing over to/],
];
for (const [when, line] of moments) {
  test(`Ctrl-C ${when} leaves nothing`, async () => {
    const running = await startDemo();
    await running.waitForLine(line);
    running.signalGroup('SIGINT');
    const { exitCode, stderr } = await running.finished;
    assert.deepEqual([exitCode, stderr], [130, '']);
    await assertNothingIsLeft(running);
  });
}

test('with --stay it stays up until Ctrl-C, which is then no failure', async () => {
  const running = await startDemo('--stay');
  const url = /http:\S+\//.exec(await running.waitForLine('It stays up'))?.[0] ?? '';
  assert.equal((await fetch(url)).status, 200);
  running.signalGroup('SIGINT');
  assert.equal((await running.finished).exitCode, 0);
  await assertNothingIsLeft(running);
});

test('a Kong on PATH plays itself, and one that does not start makes it exit 1', async () => {
  const kong = join(folder, 'bin', 'kong');
  mkdirSync(dirname(kong));
  writeFileSync(kong, '#!/bin/sh\n[ "$1" = version ] && echo "Kong Enterprise 3.10.0.1"\n', { mode: 0o755 });
  const running = await startDemo();
  const { exitCode, stdout } = await running.finished;
  assert.match(stdout, /^ {2}Kong is .+\/bin\/kong, which is on PATH: Kong Enterprise 3\.10\.0\.1$/m);
  assert.match(stdout, /^It did not work: the container ended before Kong answered/m);
  assert.equal(exitCode, 1);
});

test('the search finds a text in a file, in an environment and in a command line', async () => {
  const text = `needle-${process.pid}`;
  writeFileSync(join(folder, 'file'), `a ${text} z`);
  assert.deepEqual(searchFiles(text, [folder, '/nonexistent']), { looked: 1, found: [join(folder, 'file')] });
  const child = spawn('/bin/sh', ['-c', `read line # ${text}`], { env: { NEEDLE: text } });
  await sleep(200);
  const { found } = searchProcesses(text);
  child.kill('SIGKILL');
  assert.ok(found.includes(`/proc/${child.pid}/environ`) && found.includes(`/proc/${child.pid}/cmdline`), `${found}`);
});

const colours: readonly (readonly [isTTY: boolean, environment: Readonly<Record<string, string>>, colour: boolean])[] =
  [
    [true, {}, true],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [false, {}, false],
  ];
for (const [isTTY, environment, colour] of colours) {
  test(`${isTTY ? 'a terminal' : 'a pipe'} with ${JSON.stringify(environment)}: ${colour ? 'colour' : 'none'}`, () => {
    const written: unknown[] = [];
    const write = (text: unknown): boolean => written.push(text) > 0;
    createTerminal({ isTTY, write }, environment).proof({ holds: true, claim: 'it holds' });
    assert.equal(written.join('').includes('\u001b['), colour);
  });
}
