import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { type RunningEntrypoint, runEntrypoint, spawnEntrypoint } from '../world/kong-entrypoint.ts';
import type { Invocation } from '../world/stand-in-kong/stand-in-kong.ts';
import { createWorld, KONG_PASSWORD, type KongEnvironment, type World } from '../world/world.ts';

let world: World;
let environment: KongEnvironment;

before(async () => {
  world = await createWorld();
});
after(() => world.close());
beforeEach(async () => {
  environment = await world.createKongDatabase();
  world.kong.configure({ faults: [] });
  world.kong.clearRecord();
});

type Changes = Readonly<Record<string, string>>;
const COMMANDS = { 'docker-start': ['kong', 'docker-start'], start: ['start'] };

function options(command: keyof typeof COMMANDS, changes: Changes = {}) {
  const program = command === 'start' ? world.kong.kong : world.kong.entryScript;
  return {
    program: [program],
    args: COMMANDS[command],
    environment: { ...environment, ...changes },
    marker: world.folder,
  };
}

function bootstrap() {
  return runEntrypoint({ program: [world.kong.kong], args: ['migrations', 'bootstrap'], environment });
}

/** The Admin API's answer to `GET /`, with what the record says of the program that gave it. */
async function askAdminApi(running: RunningEntrypoint): Promise<{ root: AdminRoot; invocation: Invocation }> {
  await running.waitForLine('Kong started');
  const invocation = world.kong.record().findLast((candidate) => candidate.listening !== undefined);
  assert.ok(invocation);
  const response = await fetch(`http://${invocation.listening}/`);
  return { root: (await response.json()) as AdminRoot, invocation };
}

type AdminRoot = { version: string; pid: number; configuration: Record<string, string> };

const REFERENCES = {
  KONG_PG_USER: '{vault://env/pg-secret/user}',
  KONG_PG_PASSWORD: '{vault://env/pg-secret/password}',
  PG_SECRET: JSON.stringify({ user: 'kong', password: KONG_PASSWORD }),
};

for (const command of ['docker-start', 'start'] as const) {
  test(`${command}: one process serves with its references intact, and stops at once`, async () => {
    await bootstrap();
    const running = await spawnEntrypoint(options(command, REFERENCES));
    const { root, invocation } = await askAdminApi(running);
    assert.equal(root.configuration['pg_user'], REFERENCES.KONG_PG_USER);
    assert.equal(root.configuration['pg_password'], '******');
    assert.deepEqual([root.pid, invocation.pid, root.version], [running.pid, running.pid, '3.9.3']);
    assert.equal(invocation.environment['KONG_PG_PASSWORD'], REFERENCES.KONG_PG_PASSWORD);
    running.signal('SIGQUIT');
    assert.equal((await running.finished).exitCode, 0);
    assert.deepEqual(running.processesLeft(), []);
  });

  test(`${command}: new migrations stop it`, async () => {
    const needsBootstrap = await runEntrypoint(options(command));
    assert.deepEqual([needsBootstrap.exitCode, needsBootstrap.stderr.includes('needs bootstrapping')], [1, true]);
  });

  test(`${command}: a reference to a backend that is not there stops it`, async () => {
    const run = await runEntrypoint(options(command, { KONG_PG_PASSWORD: '{vault://aws/secret/password}' }));
    assert.equal(run.exitCode, 1);
    assert.match(run.stderr, /failed to dereference '\{vault:\/\/aws\/secret\/password\}'/);
  });
}

test('the environment is recorded as it was given, and nothing of it acts on the stand-in', async () => {
  const given = { ...environment, NODE_OPTIONS: '--require /nonexistent', LC_ALL: 'C', 'odd.name-': 'kept', EMPTY: '' };
  await runEntrypoint({ program: [world.kong.kong], args: ['version'], environment: given });
  const [invocation] = world.kong.record();
  assert.deepEqual({ ...invocation?.environment }, given);
  const bytes = Object.entries(given).map(([name, value]) => `${name}=${value}\0`);
  assert.equal(invocation?.environ.toString(), bytes.join(''));
});

test('prepare leaves a literal password in .kong_env, and a reference as it is', async () => {
  const prepare = (changes: Changes) =>
    runEntrypoint({ program: [world.kong.kong], args: ['prepare'], environment: { ...environment, ...changes } });
  const file = join(environment['KONG_PREFIX'] ?? '', '.kong_env');
  assert.equal((await prepare({})).exitCode, 0);
  assert.match(readFileSync(file, 'utf8'), new RegExp(`^pg_password = ${KONG_PASSWORD}$`, 'm'));
  assert.equal(statSync(file).mode & 0o777, 0o640);
  assert.equal((await prepare({ KONG_PG_PASSWORD: '{vault://aws/s/p}' })).exitCode, 0);
  assert.match(readFileSync(file, 'utf8'), /^pg_password = \{vault:\/\/aws\/s\/p\}$/m);
});

test('the entry script reads _FILE variables for kong, refuses both, and leaves other programs alone', async () => {
  const file = join(world.folder, 'password');
  writeFileSync(file, `${KONG_PASSWORD}\n`);
  const { KONG_PG_PASSWORD: _password, ...rest } = environment;
  const run = (args: readonly string[], changes: Changes) =>
    runEntrypoint({ program: [world.kong.entryScript], args, environment: { ...rest, ...changes } });
  const read = await run(['kong', 'migrations', 'list'], { KONG_PG_PASSWORD_FILE: file });
  assert.equal(read.exitCode, 3, read.stderr);
  const both = await run(['kong', 'version'], { KONG_PG_PASSWORD_FILE: file, KONG_PG_PASSWORD: 'x' });
  assert.deepEqual([both.exitCode, both.stderr.includes('KONG_PG_PASSWORD_FILE')], [1, true]);
  const other = await run(['sh', '-c', 'echo "$KONG_PG_PASSWORD_FILE"'], { KONG_PG_PASSWORD_FILE: file });
  assert.equal(other.stdout, `${file}\n`);
  assert.equal(world.kong.record().filter(({ program }) => program === 'docker-entrypoint.sh').length, 3);
});

test('docker-start is unknown to kong itself', async () => {
  const run = await runEntrypoint({ program: [world.kong.kong], args: ['docker-start'], environment });
  assert.equal(run.exitCode, 1);
});

test('health tells whether Kong runs in the prefix', async () => {
  await bootstrap();
  const health = () => runEntrypoint({ program: [world.kong.kong], args: ['health'], environment });
  assert.equal((await health()).exitCode, 1);
  const running = await spawnEntrypoint(options('docker-start'));
  await running.waitForLine('Kong started');
  assert.equal((await health()).exitCode, 0);
  running.kill();
  await running.finished;
});
