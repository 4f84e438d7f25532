import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { runEntrypoint } from '../world/kong-entrypoint.ts';
import { tableMigration } from '../world/stand-in-kong/stand-in-kong.ts';
import { createWorld, type KongEnvironment, type World } from '../world/world.ts';

let world: World;
let environment: KongEnvironment;

before(async () => {
  world = await createWorld();
});
after(() => world.close());
beforeEach(async () => {
  environment = await world.createKongDatabase();
  world.kong.configure({ migrations: FIRST_IMAGE, faults: [], version: '3.9.3' });
});

const FIRST_IMAGE = [tableMigration('core', '000_base'), tableMigration('acl', '000_base_acl', true)];
/** Adds one migration that leaves nothing for `finish`, and one that does. */
const SECOND_IMAGE = [...FIRST_IMAGE, tableMigration('core', '001_more'), tableMigration('acl', '001_acl_more', true)];
const THIRD_IMAGE = [...SECOND_IMAGE, tableMigration('core', '002_most')];

type Run = { readonly exitCode: number | null; readonly stdout: string; readonly stderr: string };

function kong(command: string, changes: Readonly<Record<string, string>> = {}): Promise<Run> {
  return runEntrypoint({
    program: [world.kong.kong],
    args: command.split(' '),
    environment: { ...environment, ...changes },
  });
}

/** Brings the database into a state by the commands that lead there. */
const STATES: Readonly<Record<string, () => Promise<void>>> = {
  empty: async () => undefined,
  'up to date': async () => {
    await kong('migrations bootstrap');
  },
  new: async () => {
    await kong('migrations bootstrap');
    world.kong.configure({ migrations: SECOND_IMAGE });
  },
  pending: async () => {
    await STATES['new']?.();
    await kong('migrations up');
  },
  'new and pending': async () => {
    await STATES['pending']?.();
    world.kong.configure({ migrations: THIRD_IMAGE });
  },
};

/** State, command, exit status, a part of what it prints, and the status of `list` afterwards. */
const TABLE: readonly (readonly [string, string, number, string, number])[] = [
  ['empty', 'list', 3, 'needs bootstrapping', 3],
  ['empty', 'status', 0, '"needs_bootstrap":true', 3],
  ['empty', 'up', 1, 'database needs bootstrapping', 3],
  ['empty', 'finish', 1, "run 'kong migrations bootstrap'", 3],
  ['empty', 'bootstrap', 0, 'Database is up-to-date', 0],
  ['up to date', 'list', 0, 'core: 000_base', 0],
  ['up to date', 'status', 0, '"needs_bootstrap":false,"executed_migrations"', 0],
  ['up to date', 'bootstrap', 0, 'already bootstrapped', 0],
  ['up to date', 'up', 0, 'already up-to-date', 0],
  ['up to date', 'finish', 0, 'No pending migrations', 0],
  ['new', 'list', 5, 'New migrations available', 5],
  ['new', 'bootstrap', 0, 'already bootstrapped', 5],
  ['new', 'up', 0, '1 pending', 4],
  ['new', 'finish', 0, 'New migrations available', 5],
  ['pending', 'list', 4, 'Pending migrations', 4],
  ['pending', 'bootstrap', 0, 'already bootstrapped', 4],
  ['pending', 'up', 1, "run 'kong migrations finish'", 4],
  ['pending', 'finish', 0, '1 executed', 0],
  ['new and pending', 'list', 4, 'New migrations available', 4],
  ['new and pending', 'up', 1, "run 'kong migrations finish'", 4],
  ['new and pending', 'finish', 0, "New migrations available; run 'kong migrations up'", 5],
  ['pending', 'bootstrap --force', 0, 'Database successfully reset', 0],
  ['pending', 'reset --yes', 0, 'Database successfully reset', 3],
];

for (const [state, command, exitCode, text, listAfterwards] of TABLE) {
  test(`${state}: migrations ${command} exits ${exitCode}`, async () => {
    await STATES[state]?.();
    const run = await kong(`migrations ${command}`);
    assert.equal(run.exitCode, exitCode, run.stderr);
    assert.ok(`${run.stdout}${run.stderr}`.includes(text), `${run.stdout}${run.stderr}`);
    assert.equal((await kong('migrations list')).exitCode, listAfterwards);
  });
}

/** Settings that end a command, whatever the database holds. */
const REFUSALS: readonly (readonly [string, string, Readonly<Record<string, string>>, string])[] = [
  ['a wrong password', 'list', { KONG_PG_PASSWORD: 'wrong' }, 'authentication exchange unsuccessful'],
  ['an unknown role', 'list', { KONG_PG_USER: 'nobody' }, 'authentication exchange unsuccessful'],
  [
    'a reference as password',
    'list',
    { KONG_PG_PASSWORD: '{vault://aws/s/p}' },
    'authentication exchange unsuccessful',
  ],
  ['a reference as user', 'list', { KONG_PG_USER: '{vault://aws/s/u}' }, 'no PostgreSQL user name specified'],
  ['no server', 'list', { KONG_PG_PORT: '1' }, 'connection refused'],
  ['no such database', 'list', { KONG_PG_DATABASE: 'absent' }, 'database "absent" does not exist'],
  ['a certificate without its key', 'list', { KONG_SSL_CERT: '/etc/hostname' }, 'ssl_cert_key must be specified'],
  ['a control plane without certificates', 'list', { KONG_ROLE: 'control_plane' }, 'cluster certificate and key'],
  ['a reference as log level', 'list', { KONG_LOG_LEVEL: '{vault://aws/s/l}' }, 'log_level has an invalid value'],
  ['no such conf file', 'list -c /nonexistent', {}, 'no file at: /nonexistent'],
  ['no such command', 'sideways', {}, 'no such command'],
  ['reset without --yes', 'reset', {}, '--yes'],
];

for (const [what, command, changes, text] of REFUSALS) {
  test(`${what}: exits 1`, async () => {
    const run = await kong(`migrations ${command}`, changes);
    assert.equal(run.exitCode, 1);
    assert.ok(run.stderr.startsWith('Error: ') && run.stderr.includes(text), run.stderr);
  });
}

test('a control plane whose cluster settings are blank loads as traditional', async () => {
  const run = await kong('migrations list', {
    KONG_ROLE: 'traditional',
    KONG_CLUSTER_CERT: '',
    KONG_CLUSTER_CERT_KEY: '',
  });
  assert.equal(run.exitCode, 3);
});

test('a role without rights on the tables sees an empty database', async () => {
  await kong('migrations bootstrap');
  await world.postgresql.createRole('stranger', 'pw');
  const run = await kong('migrations list', { KONG_PG_USER: 'stranger', KONG_PG_PASSWORD: 'pw' });
  assert.equal(run.exitCode, 3);
});

test('version 2.8 has no status command', async () => {
  world.kong.configure({ version: '2.8.5' });
  assert.equal((await kong('migrations status')).exitCode, 1);
});

test('a missing prefix directory is made, and told of on stdout', async () => {
  const run = await kong('migrations status');
  assert.match(run.stdout, /^prefix directory .* not found, trying to create it\n\{/);
});

test('the env backend works for migrations', async () => {
  const password = environment['KONG_PG_PASSWORD'] ?? '';
  const changes = { KONG_PG_PASSWORD: '{vault://env/pg-secret/p}', PG_SECRET: JSON.stringify({ p: password }) };
  assert.equal((await kong('migrations list', changes)).exitCode, 3);
});
