import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type RunningEntrypoint, spawnEntrypoint, whyNoPidNamespace } from '../world/kong-entrypoint.ts';
import type { Invocation } from '../world/stand-in-kong/stand-in-kong.ts';
import { KONG_PASSWORD, KONG_USER } from '../world/world.ts';
import {
  askedByEntrypoint,
  createHowTo,
  type HowTo,
  ONE_CALL,
  REFERENCES,
  startOf,
  type Variables,
} from './how-to-start.ts';
import { programs } from './programs.ts';
import { stopServing, untilServing } from './serving-kong.ts';

let howTo: HowTo;
before(async () => {
  howTo = await createHowTo();
});
after(() => howTo.close());

const COLD = ['migrations bootstrap'];
const WARM: readonly string[] = [];

type Place = { readonly name: string; readonly pidNamespace: boolean };
const places: readonly Place[] = [
  { name: '', pidNamespace: false },
  { name: ' as PID 1', pidNamespace: true },
];
/** The container's command, and the program that the entrypoint becomes for it. */
const commands = { 'docker-start': 'docker-entrypoint.sh', start: 'kong' } as const;

for (const program of programs) {
  describe(`the ${program.name}`, () => {
    for (const command of ['docker-start', 'start'] as const) {
      for (const { name, pidNamespace } of places) {
        test(`kong ${command}${name}: one call, values for migrations, references for Kong`, {
          skip: pidNamespace && whyNoPidNamespace(),
        }, async () => {
          const environment = await howTo.freshEnvironment();
          const running = await spawnEntrypoint({
            ...startOf(program, ['kong', command], environment),
            pidNamespace,
          });
          const served = await untilServing(running, howTo.world.kong);
          assert.deepEqual(askedByEntrypoint(howTo.vault), ONE_CALL);
          assertMigrated(COLD, environment);
          assertHandedOver(command, environment, pidNamespace ? 1 : running.pid);
          assert.deepEqual(await readTables(environment), [
            'core_000_base',
            'key_auth_000_base_key_auth',
            howTo.world.kong.knobs().migrations.length,
          ]);
          assert.equal(served.configuration['pg_user'], REFERENCES.KONG_PG_USER);
          assert.equal(served.configuration['pg_password'], '******');
          assert.equal(served.pid, pidNamespace ? 1 : running.pid);
          assert.deepEqual(serving(running), [running.pid]);
          assert.ok(!`${running.stdout()}${running.stderr()}`.includes(KONG_PASSWORD));
          await stopServing(running);
        });
      }
    }

    test('a second start finds the schema ready, and asks the vault once again', async () => {
      const environment = await howTo.freshEnvironment();
      const options = startOf(program, ['kong', 'docker-start'], environment);
      const first = await spawnEntrypoint(options);
      await untilServing(first, howTo.world.kong);
      await stopServing(first);
      howTo.world.kong.clearRecord();
      howTo.vault.requests.length = 0;
      const second = await spawnEntrypoint(options);
      await untilServing(second, howTo.world.kong);
      assert.deepEqual(askedByEntrypoint(howTo.vault), ONE_CALL);
      assertMigrated(WARM, environment);
      assertHandedOver('docker-start', environment, second.pid);
      assert.doesNotMatch(second.stderr(), /warn|bootstrapping/);
      await stopServing(second);
    });
  });
}

/** Without the `unshare` around a namespace, which is the test's own. */
function serving(running: RunningEntrypoint): number[] {
  return running
    .processesLeft()
    .flatMap(({ pid, commandLine }) => (/unshare$/.test(commandLine[0] ?? '') ? [] : [pid]));
}

/** The migrations that were run before Kong was there, each with the values and nothing that opens the vault. */
function assertMigrated(expected: readonly string[], environment: Variables): void {
  const children = howTo.world.kong.record().filter(({ arguments: words }) => words[0] === 'migrations');
  assert.deepEqual(
    children.map(({ arguments: words }) => words.join(' ')),
    expected.map((words) => `${words} --db-timeout 3600`),
  );
  for (const { environment: given } of children) {
    assert.deepEqual([given['KONG_PG_USER'], given['KONG_PG_PASSWORD']], [KONG_USER, KONG_PASSWORD]);
    assert.equal(given['KONG_PG_DATABASE'], environment['KONG_PG_DATABASE']);
    assert.equal(given['AWS_SECRET_ACCESS_KEY'], undefined);
  }
}

/** The first thing after the migrations is the program itself: the same process, and the bytes that it was given. */
function assertHandedOver(command: keyof typeof commands, environment: Variables, pid: number): void {
  const after = howTo.world.kong.record().find(({ arguments: words }) => words[0] !== 'migrations');
  assert.deepEqual([after?.program, after?.pid], [commands[command], pid]);
  assert.deepEqual(after?.arguments, command === 'start' ? ['start'] : ['kong', 'docker-start']);
  assert.equal(textOf(after), blockOf(environment));
}

function textOf(invocation: Invocation | undefined): string | undefined {
  return invocation?.environ.toString('utf8');
}

function blockOf(environment: Variables): string {
  return Object.entries(environment)
    .map(([name, value]) => `${name}=${value}\0`)
    .join('');
}

/** Two of the tables that the migrations make, and how many migrations are written down as executed. */
async function readTables(environment: Variables): Promise<unknown[]> {
  const [row] = await howTo.world.postgresql.query(
    `SELECT to_regclass('core_000_base')::text AS core, to_regclass('key_auth_000_base_key_auth')::text AS plugin,
       (SELECT sum(cardinality(executed))::int FROM schema_meta) AS executed`,
    { database: environment['KONG_PG_DATABASE'] ?? '' },
  );
  return [row?.['core'], row?.['plugin'], row?.['executed']];
}
