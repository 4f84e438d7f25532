import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { runEntrypoint, spawnEntrypoint } from '../world/kong-entrypoint.ts';
import { DEFAULT_KNOBS, tableMigration } from '../world/stand-in-kong/stand-in-kong.ts';
import { KONG_PASSWORD, KONG_USER } from '../world/world.ts';
import { createHowTo, type HowTo, REFERENCES, startOf, type Variables } from './how-to-start.ts';
import { programs } from './programs.ts';

let howTo: HowTo;
before(async () => {
  howTo = await createHowTo();
});
after(() => howTo.close());

const WITH_NEW = [...DEFAULT_KNOBS.migrations, tableMigration('core', '024_new', true)];

/** What a start runs on a schema that has new migrations: without the flag of `kong start`, and with it. */
const policies: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['bootstrap', ['status'], ['status', 'up', 'status']],
  ['up', ['status', 'up', 'status'], ['status', 'up', 'status']],
  ['finish', ['status', 'up', 'status', 'finish', 'status'], ['status', 'up', 'status', 'finish', 'status']],
  ['off', [], ['status', 'up', 'status']],
];

for (const program of programs) {
  describe(`the ${program.name}`, () => {
    test("as the command of the image's own entry script, the script runs before it and after it", async () => {
      const environment = await howTo.freshEnvironment();
      const script = howTo.world.kong.entryScript;
      const running = await spawnEntrypoint({
        ...startOf(program, [], environment),
        program: [script],
        args: [...program.words, 'kong', 'docker-start'],
      });
      await running.waitForLine('Kong started');
      const here = howTo.world.kong.record().filter(({ pid }) => pid === running.pid);
      assert.deepEqual(
        here.map(({ program: name, arguments: words }) => [name, ...words.slice(-2)].join(' ')),
        ['docker-entrypoint.sh kong docker-start', 'docker-entrypoint.sh kong docker-start', `nginx -c nginx.conf`],
      );
      assert.equal(here.at(-1)?.environment['KONG_PG_PASSWORD'], REFERENCES.KONG_PG_PASSWORD);
      running.signal('SIGTERM');
      assert.equal((await running.finished).exitCode, 0);
    });

    for (const [policy, without, withFlag] of policies) {
      test(`the policy ${policy}, and kong start --run-migrations with it: at least up`, async () => {
        assert.deepEqual(await stepsOf(policy, []), without);
        assert.deepEqual(await stepsOf(policy, ['--run-migrations']), withFlag);
      });
    }

    for (const step of ['up', 'finish']) {
      test(`kong migrations ${step} on an empty schema is not an interrupted bootstrap, to be repaired by a later start`, async () => {
        const environment = await howTo.freshEnvironment();
        const run = await runEntrypoint(startOf(program, ['kong', 'migrations', step], environment));
        assert.equal(run.exitCode, 1);
        assert.doesNotMatch(run.stderr, /bootstrapping schema/);
        assert.deepEqual(await stepsAfter(await bootstrapped(environment), 'bootstrap', []), ['status']);
      });
    }

    for (const [when, afterSteps, expected] of [
      ['before it began is not an interrupted one: new migrations of later are not run unasked', undefined, ['status']],
      ['half-way is one: the next start repairs it', 3, ['status', 'up', 'status', 'finish', 'status']],
    ] as const) {
      test(`a bootstrap of ours that failed ${when}`, async () => {
        const environment = await howTo.freshEnvironment();
        const fault = { kind: 'exit', code: 1, on: 'migrations bootstrap', ...(afterSteps && { afterSteps }) } as const;
        howTo.world.kong.configure({ migrations: DEFAULT_KNOBS.migrations, faults: [fault] });
        const run = await runEntrypoint(startOf(program, ['kong', 'docker-start'], environment));
        assert.equal(run.exitCode, 1, run.stderr);
        howTo.world.kong.configure({ faults: [] });
        howTo.world.kong.clearRecord();
        const later = afterSteps === undefined ? await bootstrapped(environment) : environment;
        assert.deepEqual(await stepsAfter(later, 'bootstrap', []), expected);
      });
    }

    async function stepsOf(policy: string, flags: readonly string[]): Promise<string[]> {
      return stepsAfter(await bootstrapped(await howTo.freshEnvironment()), policy, flags);
    }

    async function stepsAfter(environment: Variables, policy: string, flags: readonly string[]): Promise<string[]> {
      const args = ['--migrations', policy, 'kong', 'start', ...flags];
      const running = await spawnEntrypoint(startOf(program, args, environment));
      await Promise.race([running.waitForLine('Kong started').catch(() => undefined), running.finished]);
      running.kill();
      await running.finished;
      const children = howTo.world.kong.record().filter(({ arguments: words }) => words[0] === 'migrations');
      return children.map(({ arguments: words }) => words[1] ?? '');
    }
  });
}

/** The same database, bootstrapped by the image before this one, without the entrypoint. */
async function bootstrapped(environment: Variables): Promise<Variables> {
  howTo.world.kong.configure({ migrations: DEFAULT_KNOBS.migrations });
  const run = await runEntrypoint({
    program: [howTo.world.kong.kong],
    args: ['migrations', 'bootstrap'],
    environment: { ...environment, KONG_PG_USER: KONG_USER, KONG_PG_PASSWORD: KONG_PASSWORD },
  });
  assert.equal(run.exitCode, 0, run.stderr);
  howTo.world.kong.configure({ migrations: WITH_NEW });
  howTo.world.kong.clearRecord();
  return environment;
}
