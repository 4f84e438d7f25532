import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from 'pg';
import { runEntrypoint } from '../world/kong-entrypoint.ts';
import { DEFAULT_KNOBS, type Migration, tableMigration } from '../world/stand-in-kong/stand-in-kong.ts';
import { createScene, isHandedOver, type Scene, startOf, type Variables, verdict } from './scene.ts';

let scene: Scene;
before(async () => {
  scene = await createScene();
});
after(() => scene.close());

/** Three long-term versions, each with a migration more than the one before; the first new one has a teardown that `finish` is for. */
const first = DEFAULT_KNOBS.migrations;
const second = [...first, tableMigration('core', '024_370_to_380', true)];
const third = [...second, tableMigration('key-auth', '004_320_to_330', true)];

const NEW =
  'error: KONG_ENTRYPOINT_MIGRATIONS: this version of Kong has new migrations (core), and the policy bootstrap does not run them';
const NEW_HINT =
  'hint: run it with --migrations up: nodes of the previous version keep working until finish; you choose when to run it';
const UNFINISHED =
  'error: KONG_ENTRYPOINT_MIGRATIONS: there are new migrations, and pending ones from an earlier upgrade that was never finished';
const UNFINISHED_HINT =
  'hint: run kong migrations finish once no older node is running, then start with --migrations up';
const FINISH_FIRST =
  'error: KONG_ENTRYPOINT_MIGRATIONS: new migrations cannot be run while pending ones from an earlier upgrade remain';
const FINISH_FIRST_HINT = 'hint: run kong migrations finish (or --migrations finish) once no older node is running';

type Image = { readonly migrations: readonly Migration[]; readonly version: string };
const images: Readonly<Record<'first' | 'second' | 'third', Image>> = {
  first: { migrations: first, version: '3.4.3' },
  second: { migrations: second, version: '3.10.0' },
  third: { migrations: third, version: '3.14.0' },
};

/** A start of this image, and the steps that it ran. */
async function start(environment: Variables, image: keyof typeof images, policy: string) {
  const { migrations, version } = images[image];
  scene.world.kong.configure({ migrations, version });
  scene.world.kong.clearRecord();
  const result = await runEntrypoint(startOf({ ...environment, KONG_VERSION: version }, ['--migrations', policy]));
  const ran = scene.recordOf(environment).map(({ arguments: words }) => words[1] ?? '');
  assert.equal(isHandedOver(result), result.exitCode === 0, result.stderr);
  const isRemembered = result.stderr.includes('remembered');
  return {
    exitCode: result.exitCode,
    verdict: verdict(result),
    ran: ran.filter((command) => command !== 'status'),
    asked: ran.includes('status'),
    isRemembered,
    stderr: result.stderr,
  };
}

test('bootstrap stops at new migrations, up runs them and leaves them pending, the next image stops until finish', async () => {
  const environment = await scene.freshEnvironment();
  assert.deepEqual((await start(environment, 'first', 'bootstrap')).ran, ['bootstrap']);
  assert.ok((await start(environment, 'first', 'bootstrap')).isRemembered);

  const stopped = await start(environment, 'second', 'bootstrap');
  assert.deepEqual([stopped.exitCode, stopped.verdict], [78, [NEW, NEW_HINT]]);
  assert.deepEqual([stopped.ran, stopped.asked], [[], true], 'the fast path is not taken');

  const upgraded = await start(environment, 'second', 'up');
  assert.deepEqual([upgraded.exitCode, upgraded.ran], [0, ['up']]);
  assert.match(upgraded.stderr, /info: schema ready \(pending migrations\) in /);
  const warm = await start(environment, 'second', 'up');
  assert.ok(warm.isRemembered, 'pending migrations are good enough for bootstrap and up');

  const next = await start(environment, 'third', 'up');
  assert.deepEqual([next.exitCode, next.verdict, next.ran], [78, [FINISH_FIRST, FINISH_FIRST_HINT], []]);
  const nextBootstrap = await start(environment, 'third', 'bootstrap');
  assert.deepEqual([nextBootstrap.exitCode, nextBootstrap.verdict], [78, [UNFINISHED, UNFINISHED_HINT]]);

  const finished = await start(environment, 'third', 'finish');
  assert.deepEqual([finished.exitCode, finished.ran], [0, ['finish', 'up', 'finish']]);
  assert.match(finished.stderr, /info: schema ready \(up to date\) in /);
  assert.ok((await start(environment, 'third', 'bootstrap')).isRemembered);
});

test('the error says whether a plugin was added or Kong is newer, by what Kong itself answers', async () => {
  const environment = await scene.freshEnvironment();
  await start(environment, 'first', 'bootstrap');
  const plugin = [...first, tableMigration('acme', '000_base_acme')];
  const asked = async (migrations: readonly Migration[], words: readonly string[]) => {
    scene.world.kong.configure({ migrations, version: '3.9.3' });
    return runEntrypoint(startOf({ ...environment, KONG_VERSION: '3.9.3' }, words));
  };
  const ADDED =
    'error: KONG_ENTRYPOINT_MIGRATIONS: plugins were added that have new migrations (acme), and the policy bootstrap does not run them';
  const ADDED_HINT = 'hint: run it once with --migrations up, or take the plugins out of KONG_PLUGINS';
  const stopped = await asked(plugin, []);
  assert.deepEqual([stopped.exitCode, verdict(stopped)], [78, [ADDED, ADDED_HINT]]);
  const checked = await asked(plugin, ['--check']);
  assert.match(checked.stdout, /plugins were added that have new migrations \(acme\)/);

  const both = await asked([...plugin, ...second.slice(first.length)], []);
  assert.match(both.stderr, /this version of Kong has new migrations \(core\), plugins were added .* \(acme\), and/);
  const ran = await asked(plugin, ['--migrations', 'up']);
  assert.ok(isHandedOver(ran), ran.stderr);
});

test('finish is run by the policy finish also where a start with up has remembered the schema as ready', async () => {
  const environment = await scene.freshEnvironment();
  await start(environment, 'first', 'bootstrap');
  await start(environment, 'second', 'up');
  const finished = await start(environment, 'second', 'finish');
  assert.deepEqual([finished.exitCode, finished.ran, finished.isRemembered], [0, ['finish'], false]);
});

test('two images that take turns on one schema both keep their fast path', async () => {
  const environment = await scene.freshEnvironment();
  await start(environment, 'second', 'bootstrap');
  const older = { ...images.first, migrations: second };
  for (const round of [1, 2]) {
    for (const version of [older.version, images.second.version]) {
      scene.world.kong.configure({ migrations: second, version });
      const result = await runEntrypoint(startOf({ ...environment, KONG_VERSION: version }));
      assert.ok(isHandedOver(result), result.stderr);
      const isRemembered = result.stderr.includes('remembered');
      assert.equal(isRemembered, round === 2 || version === images.second.version, `${version}, round ${round}`);
    }
  }
});

test('kong start --run-migrations runs new migrations whatever the policy, and hands over without the flag', async () => {
  const environment = await scene.freshEnvironment();
  await start(environment, 'first', 'bootstrap');
  scene.world.kong.configure({ migrations: second });
  scene.world.kong.clearRecord();
  const bin = scene.world.kong.kong;
  const words = [bin, 'start', '--run-migrations', '--vv'];
  const result = await runEntrypoint({ ...startOf(environment, [], { words }), timeout: 8000 });
  const record = scene.recordOf(environment).map(({ arguments: args }) => args.join(' '));
  assert.deepEqual(
    record,
    [
      'migrations status --db-timeout 3600',
      'migrations up --db-timeout 3600',
      'migrations status --db-timeout 3600',
      'start --vv',
    ],
    result.stderr,
  );
});

test('a long step tells how far it is: of how many where Kong has told, and how many where it has not', async () => {
  const environment = await scene.freshEnvironment();
  const { kong } = scene.world;
  kong.configure({ migrations: first, version: '3.9.3', stepMilliseconds: 300 });
  const cold = await runEntrypoint(startOf(environment));
  kong.configure({
    migrations: [...first, ...Array.from({ length: 6 }, (_, at) => tableMigration('core', `03${at}_x`))],
  });
  const upgraded = await runEntrypoint(startOf(environment, ['--migrations', 'up']));
  kong.configure({ migrations: first, stepMilliseconds: 0 });
  assert.match(cold.stderr, /info: kong migrations bootstrap runs, 1\.\d s so far: [1-5] migrations?\n/);
  assert.match(upgraded.stderr, /info: kong migrations up runs, 1\.\d s so far: [1-5] of 6 migrations\n/);
});

test('between up and finish the image of before starts again, whatever its policy', async () => {
  const environment = await scene.freshEnvironment();
  await start(environment, 'first', 'bootstrap');
  await start(environment, 'second', 'up');
  for (const policy of ['bootstrap', 'up', 'wait']) {
    const back = await start(environment, 'first', policy);
    assert.deepEqual([back.exitCode, back.ran], [0, []], back.stderr);
  }
  assert.deepEqual((await start(environment, 'second', 'finish')).ran, ['finish']);
});

/** A session of Kong's role, by the name that Kong's library gives it. */
async function connectAs(environment: Variables, applicationName: string): Promise<Client> {
  const client = new Client({
    host: environment['KONG_PG_HOST'],
    port: Number(environment['KONG_PG_PORT']),
    user: environment['KONG_PG_USER'],
    password: environment['KONG_PG_PASSWORD'],
    database: environment['KONG_PG_DATABASE'],
    application_name: applicationName,
    ssl: false,
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

test('finish refuses while a session of Kong is there that is older than up, and runs when it is gone', async () => {
  const environment = await scene.freshEnvironment();
  await start(environment, 'first', 'bootstrap');
  const older = await connectAs(environment, 'pgmoon');
  const person = await connectAs(environment, 'psql');
  try {
    await start(environment, 'second', 'up');
    const newer = await connectAs(environment, 'pgmoon');
    const finish = () => runEntrypoint(startOf(environment, [], { words: ['kong', 'migrations', 'finish'] }));
    const refused = await finish();
    assert.equal(refused.exitCode, 78, refused.stderr);
    const [error, hint] = verdict(refused);
    assert.match(
      error ?? '',
      /^error: an older Kong still reads the database: PostgreSQL process \d+ at 127\.0\.0\.1 since 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC, before up ran$/,
    );
    assert.match(
      hint ?? '',
      /^hint: stop the older nodes, then run it again; where this is none of them, end its session: SELECT pg_terminate_backend\(\d+\)$/,
    );
    await older.end();
    const done = await finish();
    assert.equal(done.exitCode, 0, done.stderr);
    await newer.end();
  } finally {
    await Promise.all([older.end(), person.end()]);
  }
});
