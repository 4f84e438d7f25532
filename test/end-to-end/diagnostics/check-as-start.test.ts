import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createScene, type Scene, startOf, type Variables } from '../../migrations/scene.ts';
import { type EntrypointResult, runEntrypoint } from '../../world/kong-entrypoint.ts';
import { DEFAULT_KNOBS, tableMigration } from '../../world/stand-in-kong/stand-in-kong.ts';

/* Row by row: the exit code of `--check` is the one that the start has which comes after it. */

const { migrations } = DEFAULT_KNOBS;
const newer = [...migrations, tableMigration('core', '024_370_to_380', true)];
const newest = [...newer, tableMigration('core', '025_380_to_390', true)];

let scene: Scene;
before(async () => {
  scene = await createScene();
});
after(() => scene.close());

const dockerStart = ['kong', 'docker-start'];
const short = ['--database-timeout', '1s', '--timeout', '20s'];

function run(environment: Variables, options: readonly string[], words = dockerStart): Promise<EntrypointResult> {
  return runEntrypoint(startOf(environment, [...short, ...options], { words }));
}

async function migrate(environment: Variables, step: string): Promise<void> {
  const { exitCode, stderr } = await run(environment, [], ['kong', 'migrations', step]);
  assert.equal(exitCode, 0, stderr);
}

/** How a schema came to be as it is. The image of the start is the one that is configured last. */
const states = {
  empty: async () => undefined,
  async ready(environment: Variables) {
    await migrate(environment, 'bootstrap');
  },
  async new(environment: Variables) {
    await migrate(environment, 'bootstrap');
    scene.world.kong.configure({ migrations: newer });
  },
  async pending(environment: Variables) {
    await states.new(environment);
    await migrate(environment, 'up');
  },
  async 'new and pending'(environment: Variables) {
    await states.pending(environment);
    scene.world.kong.configure({ migrations: newest });
  },
  async interrupted(environment: Variables) {
    await states.new(environment);
    await scene.ask(
      environment,
      `INSERT INTO kong_entrypoint (kind, id, kong_version) VALUES ('bootstrapping', 'dead', '3.9.3')`,
    );
  },
} as const;

type State = keyof typeof states;

type Row = {
  readonly state: State;
  readonly exitCode: number;
  readonly options?: readonly string[];
  readonly words?: readonly string[];
  /** What is done to the database after the schema came to be. */
  readonly sql?: readonly string[];
  readonly variables?: Variables;
};

/** A role of its own, which may log in and use what is there. */
const guest = {
  sql: [
    `DO $$ BEGIN CREATE ROLE guest LOGIN PASSWORD 'guest-password'; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
    'REVOKE CREATE ON SCHEMA public FROM PUBLIC',
    'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO guest',
  ],
  variables: { KONG_PG_USER: 'guest', KONG_PG_PASSWORD: 'guest-password' },
};
const readOnly = { sql: [`ALTER DATABASE "THIS" SET default_transaction_read_only = on`] };

function policy(name: string, exitCodes: Readonly<Record<State, number>>): Readonly<Record<string, Row>> {
  const options = name === 'wait' ? ['--migrations', name, '--timeout', '4s'] : ['--migrations', name];
  const rows = Object.entries(exitCodes).map(([state, exitCode]) => {
    return [`the policy ${name}, ${state}`, { state: state as State, exitCode, options }] as const;
  });
  return Object.fromEntries(rows);
}

function step(name: string, exitCodes: Readonly<Record<State, number>>): Readonly<Record<string, Row>> {
  const words = ['kong', 'migrations', name];
  const rows = Object.entries(exitCodes).map(([state, exitCode]) => {
    return [`kong migrations ${name}, ${state}`, { state: state as State, exitCode, words }] as const;
  });
  return Object.fromEntries(rows);
}

const rows: Readonly<Record<string, Row>> = {
  ...policy('bootstrap', { empty: 0, ready: 0, new: 78, pending: 0, 'new and pending': 78, interrupted: 0 }),
  ...policy('up', { empty: 0, ready: 0, new: 0, pending: 0, 'new and pending': 78, interrupted: 0 }),
  ...policy('finish', { empty: 0, ready: 0, new: 0, pending: 0, 'new and pending': 0, interrupted: 0 }),
  ...policy('wait', { empty: 75, ready: 0, new: 75, pending: 0, 'new and pending': 75, interrupted: 75 }),
  ...policy('off', { empty: 0, ready: 0, new: 0, pending: 0, 'new and pending': 0, interrupted: 0 }),
  ...step('bootstrap', { empty: 0, ready: 0, new: 78, pending: 0, 'new and pending': 78, interrupted: 0 }),
  ...step('up', { empty: 1, ready: 0, new: 0, pending: 1, 'new and pending': 1, interrupted: 0 }),
  ...step('finish', { empty: 1, ready: 0, new: 78, pending: 0, 'new and pending': 78, interrupted: 0 }),
  'a role without CREATE, ready': { state: 'ready', exitCode: 0, ...guest },
  'a role without CREATE, ready, asked': { state: 'ready', exitCode: 0, options: ['--fast-path', 'off'], ...guest },
  'a role without CREATE, empty': { state: 'empty', exitCode: 1, ...guest },
  'a role without CREATE, new': { state: 'new', exitCode: 1, options: ['--migrations', 'up'], ...guest },
  'a role without CREATE, new and not to be run': { state: 'new', exitCode: 78, ...guest },
  'a role that may not read': { state: 'ready', exitCode: 77, sql: guest.sql.slice(0, 2), variables: guest.variables },
  'a read-only server, ready': { state: 'ready', exitCode: 0, ...readOnly },
  'a read-only server, empty': { state: 'empty', exitCode: 77, ...readOnly },
  'a read-only server, new': { state: 'new', exitCode: 77, options: ['--migrations', 'up'], ...readOnly },
  'a read-only server, kong migrations up': {
    state: 'ready',
    exitCode: 77,
    words: ['kong', 'migrations', 'up'],
    ...readOnly,
  },
  'a schema that is not there': { state: 'empty', exitCode: 0, variables: { KONG_PG_SCHEMA: 'gateway' } },
  'a wrong password': { state: 'ready', exitCode: 77, variables: { KONG_PG_PASSWORD: 'wrong' } },
  'no such database': { state: 'ready', exitCode: 78, variables: { KONG_PG_DATABASE: 'nowhere' } },
  'no server': { state: 'empty', exitCode: 75, variables: { KONG_PG_PORT: '1' } },
  'no such secret': { state: 'ready', exitCode: 66, variables: { KONG_PG_PASSWORD: '{vault://env/none}' } },
  'a malformed setting': { state: 'ready', exitCode: 78, variables: { KONG_PG_PORT: 'x' } },
  'a reference that this Kong cannot dereference': {
    state: 'ready',
    exitCode: 78,
    variables: { KONG_LOG_LEVEL: '{vault://aws/log/level}' },
  },
  'the same, with migrations off': {
    state: 'ready',
    exitCode: 78,
    options: ['--migrations', 'off'],
    variables: { KONG_LOG_LEVEL: '{vault://aws/log/level}' },
  },
  'a value for Kong that is not there, with migrations off': {
    state: 'ready',
    exitCode: 78,
    options: ['--migrations', 'off', '--handover', 'values'],
    variables: { KONG_LOG_LEVEL: '{vault://nowhere/log/level}' },
  },
  'a Kong without a database': { state: 'empty', exitCode: 0, variables: { KONG_DATABASE: 'off', KONG_PG_PORT: '1' } },
  'a data plane': { state: 'empty', exitCode: 0, variables: { KONG_ROLE: 'data_plane', KONG_PG_PORT: '1' } },
  'a program that is not Kong': { state: 'empty', exitCode: 0, words: ['true'], variables: { KONG_PG_PORT: '1' } },
};

describe('--check ends as the start does', () => {
  const told = new Set<string>();
  for (const [name, row] of Object.entries(rows)) {
    const length = told.has(row.state) ? ', at length' : '';
    told.add(row.state);
    test(`${name}: ${row.exitCode}${length}`, async () => {
      scene.world.kong.configure({ migrations });
      const given = await scene.freshEnvironment();
      await states[row.state](given);
      for (const statement of row.sql ?? []) await scene.ask(given, statement.replace('THIS', given.KONG_PG_DATABASE));
      const environment = { ...given, ...row.variables };
      const checked = await run(environment, ['--check', ...(row.options ?? [])], [...(row.words ?? dockerStart)]);
      const started = await run(environment, row.options ?? [], [...(row.words ?? dockerStart)]);
      assert.deepEqual(
        { check: checked.exitCode, start: started.exitCode },
        { check: row.exitCode, start: row.exitCode },
        `${checked.stdout}\n${started.stderr}`,
      );
    });
  }
});
