import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runEntrypoint } from '../world/kong-entrypoint.ts';
import { DEFAULT_KNOBS, tableMigration } from '../world/stand-in-kong/stand-in-kong.ts';
import { createScene, isHandedOver, runsOf, type Scene, startOf, type Variables, verdict } from './scene.ts';

let scene: Scene;
before(async () => {
  scene = await createScene();
});
after(() => scene.close());

const TABLE = `CREATE TABLE kong_entrypoint (kind text NOT NULL, id text NOT NULL, kong_version text,
  at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (kind, id)); ALTER TABLE kong_entrypoint OWNER TO kong;`;

/** An earlier bootstrap that was begun by this version of Kong, and of which nothing was heard since. */
const bootstrapping = (version: string): string =>
  `INSERT INTO kong_entrypoint (kind, id, kong_version) VALUES ('bootstrapping', 'stale', '${version}')`;

/** A row of a schema that was ready for another image. */
const ofAnotherImage = "INSERT INTO kong_entrypoint (kind, id) VALUES ('ready', repeat('0', 64))";

type Outcome = { readonly exitCode: number | null; readonly verdict: string[]; readonly ran: string[] };

async function outcomeOf(environment: Variables, options: readonly string[]): Promise<Outcome> {
  const result = await runEntrypoint(startOf(environment, options));
  assert.equal(isHandedOver(result), result.exitCode === 0);
  const ran = scene.recordOf(environment).map(({ arguments: words }) => words.slice(0, 2).join(' '));
  return {
    exitCode: result.exitCode,
    verdict: verdict(result),
    ran: ran.filter((words) => words !== 'migrations status'),
  };
}

/** Makes the state with Kong itself, as people do without us, and forgets that Kong was run. */
const states: Readonly<Record<string, (environment: Variables) => Promise<void>>> = {
  'an empty schema': async () => undefined,
  'a ready schema': (environment) => scene.kong(environment, 'bootstrap'),
  'new migrations': async (environment) => {
    await scene.kong(environment, 'bootstrap');
    scene.world.kong.configure({ migrations: withOneMore() });
  },
  'pending migrations': async (environment) => {
    await scene.kong(environment, 'bootstrap');
    scene.world.kong.configure({ migrations: withOneMore() });
    await scene.kong(environment, 'up');
  },
};

const withOneMore = () => [...DEFAULT_KNOBS.migrations, tableMigration('core', '024_370_to_380', true)];

async function prepare(state: string, rows: readonly string[]): Promise<Variables> {
  scene.world.kong.configure({ migrations: DEFAULT_KNOBS.migrations });
  const environment = await scene.freshEnvironment();
  await states[state]?.(environment);
  if (rows.length > 0) await scene.ask(environment, `${TABLE} ${rows.join(';')}`);
  scene.world.kong.clearRecord();
  return environment;
}

describe('a stale bootstrapping row of an older version and a fingerprint row of another image change nothing but speed', () => {
  for (const state of Object.keys(states)) {
    for (const policy of ['bootstrap', 'up', 'finish']) {
      test(`with ${state} and the policy ${policy}${policy === 'bootstrap' ? '' : ', at length'}`, async () => {
        const options = ['--migrations', policy];
        const withoutRows = await outcomeOf(await prepare(state, []), options);
        const withRows = await outcomeOf(await prepare(state, [bootstrapping('3.4.2'), ofAnotherImage]), options);
        assert.deepEqual(withRows, withoutRows);
      });
    }
  }
});

test('a bootstrapping row of this version and a schema that is not good is an interrupted bootstrap, and repaired', async () => {
  for (const state of ['new migrations', 'pending migrations']) {
    const environment = await prepare(state, [bootstrapping('3.9.3')]);
    const result = await runEntrypoint(startOf(environment));
    assert.ok(isHandedOver(result), result.stderr);
    assert.match(
      result.stderr,
      /warn: an earlier bootstrap of this schema was interrupted: kong migrations (?:up|finish)$/m,
    );
    assert.equal(runsOf(scene.recordOf(environment), 'finish').length, 1);
    assert.deepEqual(await scene.ask(environment, "SELECT id FROM kong_entrypoint WHERE kind = 'bootstrapping'"), []);
  }
});

test('a bootstrapping row of this version and a schema that is good is void, and goes', async () => {
  const environment = await prepare('a ready schema', [bootstrapping('3.9.3')]);
  assert.deepEqual(await outcomeOf(environment, []), { exitCode: 0, verdict: [], ran: [] });
  assert.deepEqual(await scene.ask(environment, "SELECT id FROM kong_entrypoint WHERE kind = 'bootstrapping'"), []);
});

test('where our table cannot be written all works, only slower', async () => {
  const environment = await prepare('a ready schema', []);
  await scene.ask(environment, 'ALTER SCHEMA public OWNER TO postgres; REVOKE CREATE ON SCHEMA public FROM PUBLIC');
  for (const round of [1, 2]) {
    const result = await runEntrypoint(startOf(environment));
    assert.ok(isHandedOver(result), result.stderr);
    assert.match(
      result.stderr,
      /info: no fast path: this role may not write to the table kong_entrypoint in schema public \(42501\); each start asks Kong, which took \d.* of this one$/m,
    );
    assert.equal(runsOf(scene.recordOf(environment), 'status').length, round);
  }
});

test('where a file of an executed migration is not found, one line says so and what each start pays', async () => {
  const environment = await prepare('a ready schema', []);
  rmSync(join(scene.world.kong.lua, 'kong/plugins/acl/migrations/000_base_acl.lua'));
  for (const options of [[], ['--migrations', 'wait'], ['--fast-path', 'off']]) {
    const result = await runEntrypoint(startOf(environment, options));
    assert.ok(isHandedOver(result), result.stderr);
    const lines = result.stderr.split('\n').filter((line) => line.includes('no fast path'));
    assert.equal(lines.length, options[0] === '--fast-path' ? 0 : 1);
    for (const line of lines)
      assert.match(
        line,
        /info: no fast path: the migrations of acl, kong\.plugins\.acl\.migrations, are not all found in the Lua path; each start asks Kong, which took \d.* of this one$/,
      );
  }
});

test('a ready row of a version that kept no namespaces makes Kong be asked once, and the row after it has them', async () => {
  const environment = await prepare('a ready schema', []);
  await runEntrypoint(startOf(environment));
  await scene.ask(environment, "UPDATE kong_entrypoint SET kong_version = NULL WHERE kind = 'ready'");
  scene.world.kong.clearRecord();
  await runEntrypoint(startOf(environment));
  assert.equal(runsOf(scene.recordOf(environment), 'status').length, 1);
  const [row] = await scene.ask<{ kong_version: string }>(environment, 'SELECT kong_version FROM kong_entrypoint');
  assert.equal(
    row?.kong_version,
    'kong.db.migrations.core kong.plugins.acl.migrations kong.plugins.key-auth.migrations kong.plugins.rate-limiting.migrations',
  );
  await runEntrypoint(startOf(environment));
  assert.equal(runsOf(scene.recordOf(environment), 'status').length, 1);
});
