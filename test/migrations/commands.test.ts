import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { programs } from '../end-to-end/programs.ts';
import { runEntrypoint, spawnEntrypoint } from '../world/kong-entrypoint.ts';
import { DEFAULT_KNOBS, tableMigration } from '../world/stand-in-kong/stand-in-kong.ts';
import { createScene, runsOf, type Scene, startOf, type Variables, verdict } from './scene.ts';

let scene: Scene;
before(async () => {
  scene = await createScene();
});
after(() => scene.close());

const first = DEFAULT_KNOBS.migrations;
const second = [...first, tableMigration('core', '024_370_to_380', true)];
const third = [...second, tableMigration('core', '025_380_to_390', true)];

type State = 'empty' | 'up to date' | 'new' | 'pending' | 'new and pending';

/** A database in this state, made by Kong alone. */
async function databaseIn(state: State): Promise<Variables> {
  scene.world.kong.configure({ migrations: first, faults: [], stepMilliseconds: 0 });
  const environment = await scene.freshEnvironment();
  if (state !== 'empty') await scene.kong(environment, 'bootstrap');
  if (state !== 'empty' && state !== 'up to date') scene.world.kong.configure({ migrations: second });
  if (state === 'pending' || state === 'new and pending') await scene.kong(environment, 'up');
  if (state === 'new and pending') scene.world.kong.configure({ migrations: third });
  scene.world.kong.clearRecord();
  return environment;
}

/** The truth table: our exit status for each command in each state; the child's own, 1, where Kong itself refuses. */
const table: readonly (readonly [State, Readonly<Record<'bootstrap' | 'up' | 'finish', number>>])[] = [
  ['empty', { bootstrap: 0, up: 1, finish: 1 }],
  ['up to date', { bootstrap: 0, up: 0, finish: 0 }],
  ['new', { bootstrap: 78, up: 0, finish: 78 }],
  ['pending', { bootstrap: 0, up: 1, finish: 0 }],
  ['new and pending', { bootstrap: 78, up: 1, finish: 78 }],
];

for (const program of programs) {
  describe(`as the command of the ${program.name}, the exit status is the truth:`, () => {
    for (const [state, codes] of table) {
      for (const [command, code] of Object.entries(codes)) {
        test(`kong migrations ${command} on a schema that is ${state} ends with ${code}`, async () => {
          const environment = await databaseIn(state);
          const words = ['kong', 'migrations', command, '--lock-timeout', '30'];
          const result = await runEntrypoint(startOf(environment, [], { words, program }));
          assert.equal(result.exitCode, code, result.stderr);
          assert.equal(verdict(result).length, code === 0 ? 0 : 2, result.stderr);
          const ran = scene.recordOf(environment).map(({ arguments: args }) => args.join(' '));
          assert.deepEqual(
            ran.filter((line) => !line.startsWith('migrations status')),
            [`migrations ${command} --lock-timeout 30 --db-timeout 3600`],
          );
        });
      }
    }
  });
}

test('what a command cannot do is told with what to do', async () => {
  const environment = await databaseIn('new');
  const words = ['kong', 'migrations', 'bootstrap'];
  assert.deepEqual(verdict(await runEntrypoint(startOf(environment, [], { words }))), [
    'error: kong migrations bootstrap ended without an error, and the schema has: new migrations',
    'hint: run kong migrations up',
  ]);
});

test('a bootstrap of ours that was interrupted is repaired by kong migrations bootstrap', async () => {
  const environment = await databaseIn('empty');
  scene.world.kong.configure({ stepMilliseconds: 200, lockSeconds: 3 });
  const running = await spawnEntrypoint(startOf(environment));
  await running.waitForLine('core migrated up to: 003_100_to_110');
  running.kill();
  await running.finished;
  scene.world.kong.configure({ stepMilliseconds: 0, lockSeconds: 60 });
  const result = await runEntrypoint(startOf(environment, [], { words: ['kong', 'migrations', 'bootstrap'] }));
  assert.equal(result.exitCode, 0, result.stderr);
  assert.match(result.stderr, /info: after kong migrations bootstrap: up to date$/m);
});

test('a command and a start at once respect the same lock', async () => {
  const environment = await databaseIn('empty');
  scene.world.kong.configure({ stepMilliseconds: 100 });
  const starts = [
    startOf(environment, [], { words: ['kong', 'migrations', 'bootstrap'] }),
    startOf(environment),
    startOf(environment, [], { words: ['kong', 'migrations', 'bootstrap'] }),
  ];
  const results = await Promise.all(starts.map(runEntrypoint));
  assert.deepEqual(
    results.map(({ exitCode }) => exitCode),
    [0, 0, 0],
    results.map(({ stderr }) => stderr).join('\n'),
  );
  const record = scene.recordOf(environment);
  const working = runsOf(record, 'bootstrap').filter(({ steps }) => steps.length > 0);
  assert.equal(working.length, 1);
});

test('a half-migrated schema is never 0, though Kong ends with 0', async () => {
  const environment = await databaseIn('new');
  await scene.ask(environment, "INSERT INTO locks VALUES ('migrations', 'another node', now() + interval '4 s')");
  const held = await runEntrypoint({ program: [scene.world.kong.kong], args: ['migrations', 'up'], environment });
  assert.equal(held.exitCode, 0, 'as Kong has it: another node holds the lock, and nothing was run');
  await scene.ask(
    environment,
    "INSERT INTO locks VALUES ('migrations', 'another node', now() + interval '5 s') ON CONFLICT (key) DO UPDATE SET ttl = EXCLUDED.ttl",
  );
  const result = await runEntrypoint(startOf(environment, [], { words: ['kong', 'migrations', 'up'] }));
  assert.equal(result.exitCode, 0, 'we wait for the row to expire, and do the work');
  assert.match(
    result.stderr,
    /so far: Kong's own lock row on the migrations expires in \d s: no interrupted start of ours is known to have left it$/m,
  );
  assert.equal(
    (await runEntrypoint({ program: [scene.world.kong.kong], args: ['migrations', 'list'], environment })).exitCode,
    4,
  );
});
