import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { emulatorKey, type SecretsManager, startSecretsManager } from '../emulators/secrets-manager.ts';
import {
  type RunningEntrypoint,
  readEnviron,
  runEntrypoint,
  spawnEntrypoint,
  whyNoPidNamespace,
} from '../world/kong-entrypoint.ts';
import { createWorld, KONG_PASSWORD, KONG_USER, type World } from '../world/world.ts';
import { programs } from './programs.ts';

type Variables = Record<string, string>;

let world: World;
let vault: SecretsManager;

before(async () => {
  world = await createWorld({ kong: { edition: 'enterprise' } });
  vault = await startSecretsManager();
  vault.putSecret('kong-gateway-database', JSON.stringify({ pg_user: KONG_USER, pg_password: KONG_PASSWORD }));
});
after(async () => {
  await vault.close();
  await world.close();
});

/** The how-to's variables, on an empty database. `kong` is the stand-in for migrations, and anything else that it is told to be. */
async function howTo(becomes: string): Promise<Variables> {
  vault.recover();
  world.kong.configure({ faults: [] });
  world.kong.clearRecord();
  const bin = join(world.folder, 'wrapped');
  mkdirSync(bin, { recursive: true });
  writeFileSync(
    join(bin, 'kong'),
    `#!/bin/sh\ncase "$1" in migrations) exec ${world.kong.kong} "$@";; esac\n${becomes}\n`,
  );
  chmodSync(join(bin, 'kong'), 0o755);
  const database = await world.createKongDatabase();
  return {
    ...database,
    PATH: `${bin}:/usr/bin:/bin`,
    KONG_PG_USER: '{vault://aws/kong-gateway-database/pg_user}',
    KONG_PG_PASSWORD: '{vault://aws/kong-gateway-database/pg_password}',
    KONG_VAULT_AWS_REGION: vault.region,
    KONG_VAULT_AWS_ENDPOINT_URL: vault.url,
    AWS_ACCESS_KEY_ID: emulatorKey.id,
    AWS_SECRET_ACCESS_KEY: emulatorKey.secret,
    EMPTY: '',
    LINES: 'a\nb ü',
  };
}

function block(variables: Variables): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${value}\0`)
    .join('');
}

/** The private prefixes that the children of this test were given, and that are still there. */
function prefixesLeft(): string[] {
  const children = world.kong.record().filter(({ arguments: args }) => args[0] === 'migrations');
  return children.map(({ environment }) => environment['KONG_PREFIX'] ?? '').filter((prefix) => existsSync(prefix));
}

/** A moment of a start: how to bring it about, and how to know that it is there. */
type Phase = {
  readonly name: string;
  prepare(environment: Variables): Variables;
  reached(run: RunningEntrypoint): Promise<unknown>;
};

const phases: readonly Phase[] = [
  {
    name: 'the vault hangs',
    prepare(environment) {
      vault.fail('hang', 10);
      vault.requests.length = 0;
      return environment;
    },
    async reached() {
      while (vault.requests.length === 0) await setTimeout(20);
    },
  },
  {
    name: 'the database is away',
    prepare: (environment) => ({ ...environment, KONG_PG_PORT: '1' }),
    reached: (run) => run.waitForLine('waiting for PostgreSQL'),
  },
  {
    name: 'migrations run',
    prepare(environment) {
      world.kong.configure({ faults: [{ kind: 'hang', on: 'migrations bootstrap' }] });
      return environment;
    },
    reached: (run) => run.waitForLine('running kong migrations bootstrap'),
  },
];

const WAITS = 'echo became Kong; while :; do sleep 0.1; done';

for (const { name, words } of programs) {
  describe(`the ${name}`, () => {
    for (const pidNamespace of [false, true]) {
      const where = pidNamespace ? 'as PID 1' : 'as any process';
      test(`${where}, fetches the how-to's secret once, migrates with its values, and becomes Kong with the references`, {
        skip: pidNamespace && whyNoPidNamespace(),
      }, async () => {
        const environment = await howTo(WAITS);
        const calls = vault.calls.length;
        const run = await spawnEntrypoint({ program: words, args: ['kong', 'start'], environment, pidNamespace });
        await run.waitForLine('became Kong');
        assert.equal(readEnviron(run.pid).toString('utf8'), block(environment));
        assert.equal(vault.calls.length - calls, 1);
        const children = world.kong.record().filter(({ arguments: args }) => args[0] === 'migrations');
        assert.ok(children.length >= 2);
        for (const { environment: given } of children) {
          assert.deepEqual([given['KONG_PG_USER'], given['KONG_PG_PASSWORD']], [KONG_USER, KONG_PASSWORD]);
          assert.deepEqual([given['AWS_SECRET_ACCESS_KEY'], given['KONG_VAULT_AWS_REGION']], [undefined, undefined]);
        }
        assert.ok(!`${run.stdout()}${run.stderr()}`.includes(KONG_PASSWORD));
        run.kill();
        await run.finished;
        assert.deepEqual(prefixesLeft(), []);
      });
    }

    test('through the script of the image, ends in a Kong whose Admin API shows the references', async () => {
      const environment = {
        ...(await howTo(WAITS)),
        PATH: `${world.kong.bin}:/usr/bin:/bin`,
        KONG_ENTRYPOINT_PROGRAM: world.kong.entryScript,
      };
      const run = await spawnEntrypoint({
        program: words,
        args: ['--log-level', 'debug', 'kong', 'docker-start'],
        environment,
      });
      await run.waitForLine('Kong started');
      const left = run.processesLeft();
      assert.deepEqual(
        left.map(({ pid }) => pid),
        [run.pid],
      );
      run.signal('SIGTERM');
      assert.equal((await run.finished).exitCode, 0);
      assert.ok(!`${run.stdout()}${run.stderr()}`.includes(KONG_PASSWORD));
    });

    test('puts back what the runtime changed: signals, descriptors and their flags are those of a plain exec', async () => {
      const environment = await howTo(
        'exec cat /proc/self/status /proc/self/fdinfo/0 /proc/self/fdinfo/1 /proc/self/fdinfo/2; ',
      );
      const plain = await runEntrypoint({
        program: ['/bin/sh', '-c', 'exec "$@"', 'sh'],
        args: ['kong', 'start'],
        environment,
      });
      const handed = await runEntrypoint({ program: words, args: ['kong', 'start'], environment });
      const withoutChild = await runEntrypoint({
        program: words,
        args: ['--migrations', 'off', 'kong', 'start'],
        environment,
      });
      const facts = (text: string): string[] =>
        text.split('\n').filter((line) => /^(?:Sig(?:Blk|Ign|Cgt)|Umask|flags|FDSize|Threads)/.test(line));
      assert.ok(facts(plain.stdout).length >= 8);
      assert.deepEqual(facts(handed.stdout), facts(plain.stdout));
      assert.deepEqual(facts(withoutChild.stdout), facts(plain.stdout));
    });

    for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP'] as const) {
      for (const phase of phases) {
        test(`${signal} while ${phase.name}: exit status 128 + ${constants.signals[signal]}, and nothing is left`, async () => {
          const environment = phase.prepare(await howTo(WAITS));
          const args = ['--log-level', 'debug', '--grace', '2s', 'kong', 'start'];
          const run = await spawnEntrypoint({ program: words, args, environment });
          await phase.reached(run);
          await setTimeout(200);
          run.signal(signal);
          const { exitCode, stderr } = await run.finished;
          assert.equal(exitCode, 128 + constants.signals[signal], stderr);
          assert.deepEqual(run.processesLeft(), []);
          assert.deepEqual(prefixesLeft(), []);
        });
      }
    }

    test('five starts at once on an empty database all hand over, and one bootstrap ran', async () => {
      const environment = await howTo('exit 0');
      world.kong.configure({ stepMilliseconds: 20, tableCreationMilliseconds: 100 });
      const runs = await Promise.all(
        Array.from({ length: 5 }, () => runEntrypoint({ program: words, args: ['kong', 'start'], environment })),
      );
      world.kong.configure({ stepMilliseconds: 0, tableCreationMilliseconds: 0 });
      assert.deepEqual(
        runs.map(({ exitCode }) => exitCode),
        [0, 0, 0, 0, 0],
        runs.map(({ stderr }) => stderr).join('\n'),
      );
      const bootstraps = world.kong.record().filter(({ arguments: args }) => args[1] === 'bootstrap');
      assert.equal(bootstraps.length, 1);
    });

    test('open-source Kong: the stop that names --handover values, and with it the values through the env backend', async () => {
      const environment = { ...(await howTo('env; exit 0')), KONG_ENTRYPOINT_MIGRATIONS: 'off' };
      const vaults = join(world.folder, 'share/lua/5.1/kong/vaults/env');
      mkdirSync(vaults, { recursive: true });
      const stopped = await runEntrypoint({ program: words, args: ['kong', 'start'], environment });
      assert.equal(stopped.exitCode, 78);
      assert.match(stopped.stderr, /this Kong has no vault backend aws[\s\S]*--handover values/);
      const forced = await runEntrypoint({
        program: words,
        args: ['--handover', 'references', 'kong', 'start'],
        environment,
      });
      assert.equal(forced.exitCode, 0);
      const given = await runEntrypoint({
        program: words,
        args: ['--handover', 'values', 'kong', 'start'],
        environment,
      });
      assert.match(given.stdout, /^KONG_PG_PASSWORD=\{vault:\/\/env\/kong-entrypoint-value-pg-password\}$/m);
      assert.ok(given.stdout.includes(`KONG_ENTRYPOINT_VALUE_PG_PASSWORD=${KONG_PASSWORD}\n`));
      assert.ok(!given.stderr.includes(KONG_PASSWORD));
      rmSync(join(world.folder, 'share'), { recursive: true });
    });

    test('an environment with bytes that are not UTF-8 stops the start and is named', async () => {
      const result = await runEntrypoint({
        program: ['/bin/sh', '-c', 'BAD=$(printf "\\377") exec "$@"', 'sh', ...words],
        args: ['true'],
        environment: { PATH: '/usr/bin:/bin' },
      });
      assert.equal(result.exitCode, 78);
      assert.match(result.stderr, /^kong-entrypoint: error: BAD: /);
    });

    test('an empty environment and one of a megabyte are handed over', async () => {
      const large = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`V${index}`, 'x'.repeat(10_000)]));
      for (const environment of [{}, large]) {
        const result = await runEntrypoint({ program: words, args: ['/usr/bin/env', '-0'], environment });
        assert.equal(result.exitCode, 0);
        assert.equal(result.stdout, block(environment));
      }
    });
  });
}
