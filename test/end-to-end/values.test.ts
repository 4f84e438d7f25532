import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type RunningEntrypoint, runEntrypoint, spawnEntrypoint } from '../world/kong-entrypoint.ts';
import { KONG_PASSWORD, KONG_USER } from '../world/world.ts';
import { askedByEntrypoint, createHowTo, type HowTo, ONE_CALL, startOf, type Variables } from './how-to-start.ts';
import { writeProgram } from './kong-that.ts';
import { programs } from './programs.ts';
import { type AdminRoot, stopServing, untilServing } from './serving-kong.ts';

let howTo: HowTo;
before(async () => {
  howTo = await createHowTo({ edition: 'open-source' });
});
after(() => howTo.close());

const VALUE = 'KONG_ENTRYPOINT_VALUE_PG_PASSWORD';

/** Where the references stand: what becomes of the variables, and what the command has to say for it. */
const sources: Readonly<Record<string, (variables: Variables) => { variables: Variables; words?: string[] }>> = {
  variables: (variables) => ({ variables }),
  '_FILE variables': ({ KONG_PG_USER: user = '', KONG_PG_PASSWORD: password = '', ...rest }) => ({
    variables: {
      ...rest,
      KONG_PG_USER_FILE: writeFile('user', `${user}\n`),
      KONG_PG_PASSWORD_FILE: writeFile('password', `${password}\n`),
    },
  }),
  'kong.conf': ({ KONG_PG_USER: user, KONG_PG_PASSWORD: password, ...variables }) => ({
    variables,
    words: ['-c', writeFile('kong.conf', `pg_user = ${user}\npg_password = ${password} # from the vault\n`)],
  }),
};

type Served = { readonly running: RunningEntrypoint; readonly root: AdminRoot; readonly given: Variables };

for (const program of programs) {
  /** Serves until the test has looked at it; `given` is the environment that was handed over. */
  async function whileServing(
    words: readonly string[],
    variables: Variables,
    look: (served: Served) => void,
  ): Promise<void> {
    howTo.world.kong.clearRecord();
    const running = await spawnEntrypoint(startOf(program, ['--handover', 'values', ...words], variables));
    const root = await untilServing(running, howTo.world.kong);
    const first = howTo.world.kong.record().find(({ pid }) => pid === running.pid);
    look({ running, root, given: first?.environment ?? {} });
    await stopServing(running);
  }

  describe(`the ${program.name} gives open-source Kong its values through the env backend`, () => {
    for (const [name, place] of Object.entries(sources)) {
      for (const command of ['kong docker-start', 'kong start', '--start native kong docker-start']) {
        test(`${command}, for references in ${name}`, async () => {
          const { variables, words = [] } = place(await howTo.freshEnvironment());
          await whileServing([...command.split(' '), ...words], variables, ({ root, given, running }) => {
            assert.equal(root.configuration['pg_user'], '{vault://env/kong-entrypoint-value-pg-user}');
            assert.equal(given['KONG_PG_PASSWORD'], '{vault://env/kong-entrypoint-value-pg-password}');
            assert.equal(given[VALUE], KONG_PASSWORD);
            assert.deepEqual([given['KONG_PG_USER_FILE'], given['KONG_PG_PASSWORD_FILE']], [undefined, undefined]);
            assertNothingPlain(variables);
            assert.match(running.stderr(), /VALUE_PG_PASSWORD; a rotation reaches Kong only at its next start\n/);
          });
        });
      }
    }

    test('also those that are fetched after a migration which took longer than all waiting may', async () => {
      howTo.vault.putSecret('tls', '{"cert":"/etc/kong/cert.pem"}');
      const environment = {
        ...(await howTo.freshEnvironment()),
        KONG_PORTAL_AUTH: '{vault://aws/tls/cert}',
        KONG_ENTRYPOINT_TIMEOUT: '3s',
      };
      howTo.world.kong.configure({ stepMilliseconds: 500 });
      const started = performance.now();
      try {
        await whileServing(['kong', 'start'], environment, ({ given }) => {
          assert.equal(given['KONG_ENTRYPOINT_VALUE_PORTAL_AUTH'], '/etc/kong/cert.pem');
        });
      } finally {
        howTo.world.kong.configure({ stepMilliseconds: 0 });
      }
      assert.ok(performance.now() - started > 3000);
    });

    test('with one call for the secret', async () => {
      await whileServing(['kong', 'docker-start'], await howTo.freshEnvironment(), () => undefined);
      assert.deepEqual(askedByEntrypoint(howTo.vault), ONE_CALL);
    });

    test('under a name that KONG_VAULT_ENV_PREFIX begins', async () => {
      const variables = { ...(await howTo.freshEnvironment()), KONG_VAULT_ENV_PREFIX: 'my-secrets-' };
      await whileServing(['kong', 'docker-start'], variables, ({ given }) => {
        assert.deepEqual([given[`MY_SECRETS_${VALUE}`], given[VALUE]], [KONG_PASSWORD, undefined]);
      });
    });

    test('and leaves a reference to env, and every setting without a reference, as it is', async () => {
      const more = { KONG_PG_USER: '{vault://env/my-user}', MY_USER: KONG_USER, KONG_LOG_LEVEL: 'warn', EMPTY: '' };
      const variables: Variables = { ...(await howTo.freshEnvironment()), ...more };
      await whileServing(['kong', 'docker-start'], variables, ({ given }) => {
        const { KONG_PG_PASSWORD: _changed, [VALUE]: _added, ...same } = given;
        const { KONG_PG_PASSWORD: _reference, ...before } = variables;
        assert.deepEqual(same, before);
      });
    });

    test('and remembers the schema: at the second start no process of Kong runs before the hand-over', async () => {
      const variables = await howTo.freshEnvironment();
      await whileServing(['kong', 'docker-start'], variables, () => undefined);
      await whileServing(['kong', 'docker-start'], variables, ({ running }) => {
        assert.equal(howTo.world.kong.record()[0]?.program, 'docker-entrypoint.sh');
        assert.match(running.stderr(), /info: schema ready \(remembered; --fast-path off asks Kong\)/);
      });
    });

    test('but stops with 78 where KONG_VAULTS excludes env', async () => {
      const variables = { ...(await howTo.freshEnvironment()), KONG_VAULTS: 'aws' };
      const args = ['--migrations', 'off', '--handover', 'values', 'kong', 'start'];
      const { exitCode, stderr } = await runEntrypoint(startOf(program, args, variables));
      assert.equal(exitCode, 78);
      assert.match(stderr, /error: KONG_VAULTS: the env backend is excluded.*\n.*hint: add env to KONG_VAULTS/);
      assert.deepEqual(howTo.world.kong.record(), []);
    });
  });

  describe(`the ${program.name}, about to hand references to a Kong that has only env`, () => {
    for (const command of ['docker-start', 'start']) {
      test(`stops kong ${command} with 78 before anything is done, and names the option`, async () => {
        const { exitCode, stderr } = await runEntrypoint(
          startOf(program, ['kong', command], await howTo.freshEnvironment()),
        );
        assert.equal(exitCode, 78);
        assert.match(stderr, /error: KONG_PG_USER, KONG_PG_PASSWORD: this Kong has no vault backend aws/);
        assert.match(stderr, /hint: .*--handover values/);
        assert.deepEqual([howTo.world.kong.record(), howTo.vault.requests], [[], []]);
      });
    }

    test('does so all the same when --handover references says so, and Kong tells what it makes of them', async () => {
      const args = ['--handover', 'references', 'kong', 'start'];
      const run = await runEntrypoint(startOf(program, args, await howTo.freshEnvironment()));
      assert.equal(run.exitCode, 1);
      assert.match(run.stderr, /handing over to[\s\S]*Error: failed to dereference '\{vault:\/\/aws/);
    });
  });
}

function writeFile(name: string, text: string): string {
  return writeProgram(join(howTo.world.folder, 'files', name), text);
}

/** Kong writes its settings down, and keeps the file for as long as the container lives. */
function assertNothingPlain({ KONG_PREFIX: prefix = '' }: Variables): void {
  const written = readFileSync(join(prefix, '.kong_env'), 'utf8');
  assert.match(written, /^pg_password = \{vault:\/\/env\/kong-entrypoint-value-pg-password\}$/m);
  assert.ok(!written.includes(KONG_PASSWORD));
}
