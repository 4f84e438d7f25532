import assert from 'node:assert/strict';
import { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { runEntrypoint, spawnEntrypoint } from '../world/kong-entrypoint.ts';
import { createHowTo, type HowTo, startOf, type Variables } from './how-to-start.ts';
import { assertOrderly } from './orderly.ts';
import { type Program, programs } from './programs.ts';

let howTo: HowTo;
let environment: Variables;
before(async () => {
  howTo = await createHowTo();
});
after(() => howTo.close());

const KIB = 1024;
const status = ['kong', 'migrations', 'status'];
const numbers = (count: number): readonly string[] => [...Array(count).keys()].map(String);

for (const program of programs) {
  describe(`the ${program.name} is given`, () => {
    test('no environment at all, and executes a program', async () => {
      const result = await runEntrypoint(startOf(program, ['/usr/bin/env'], {}));
      assertOrderly(result);
      assert.deepEqual([result.exitCode, result.stdout], [0, '']);
    });

    test('no environment at all, and says that there is no kong', async () => {
      const script = howTo.world.kong.entryScript;
      const result = await runEntrypoint(startOf(program, ['--program', script, 'kong', 'docker-start'], {}));
      assertOrderly(result);
      assert.equal(result.exitCode, 127);
      assert.match(result.stderr, /error: kong: no such program in PATH\n.+ hint: /);
    });

    test('an environment of 1 MB', async () => {
      const filler = numbers(10).map((number) => [`FILLER_${number}`, 'x'.repeat(100_000)]);
      environment = { ...(await howTo.freshEnvironment()), ...Object.fromEntries(filler) };
      const result = await runEntrypoint(startOf(program, status, environment));
      assertOrderly(result);
      assert.equal(result.exitCode, 0, result.stderr);
      const [child] = howTo.world.kong.record();
      for (const [name, value] of filler) assert.equal(child?.environment[String(name)], value);
    });

    test('a variable of 127 KiB, which reaches the program as it is', async () => {
      const LONG = 'x'.repeat(127 * KIB);
      const words = ['/bin/sh', '-c', 'printf %s "$LONG" | wc -c'];
      const result = await runEntrypoint(startOf(program, words, { PATH: '/usr/bin:/bin', LONG }));
      assertOrderly(result);
      assert.equal(result.stdout.trim(), String(LONG.length));
    });

    test('bytes that are not UTF-8, and names the variable', async () => {
      environment = await howTo.freshEnvironment();
      const script = 'ODD=$(printf "caf\\351"); export ODD; exec "$@"';
      const given = startOf(program, status, environment);
      const result = await runEntrypoint({ ...given, program: ['/bin/sh', '-c', script, 'sh', ...given.program] });
      assertOrderly(result);
      assert.equal(result.exitCode, 78);
      assert.match(result.stderr, /error: ODD: the value holds bytes that are not UTF-8, and would not reach Kong/);
    });

    test('a variable twice, of which the last one counts', async () => {
      const pairs = ['PATH=/usr/bin:/bin', 'TWICE=first', 'TWICE=last'];
      assert.equal(await outputWith(program, ['/usr/bin/env'], pairs), 'PATH=/usr/bin:/bin\nTWICE=last\n');
    });

    test('strings that set nothing, and passes them over', async () => {
      const pairs = ['PATH=/usr/bin:/bin', 'no-equals', '=no-name', ''];
      assert.equal(await outputWith(program, ['/usr/bin/env'], pairs), 'PATH=/usr/bin:/bin\n');
    });

    test('names that every object has, and passes them on', async () => {
      const pairs = ['PATH=/usr/bin:/bin', '__proto__=x', 'constructor=y', 'toString=z'];
      assert.equal(await outputWith(program, ['/usr/bin/env'], pairs), `${pairs.join('\n')}\n`);
    });

    test('200 references to one secret that nobody needs yet, and starts with one call', async () => {
      const references = numbers(200).map((number) => [`KONG_NGINX_HTTP_X${number}`, '{vault://aws/many/key}']);
      environment = { ...(await howTo.freshEnvironment()), ...Object.fromEntries(references) };
      const result = await runEntrypoint(startOf(program, ['kong', 'migrations', 'bootstrap'], environment));
      assertOrderly(result);
      assert.equal(result.exitCode, 0, result.stderr);
      assert.equal(howTo.vault.calls.length, 1);
    });

    test('200 references to 200 secrets, and hands all of their values over when asked to', async () => {
      environment = await howTo.freshEnvironment();
      howTo.world.kong.configure({ edition: 'open-source' });
      for (const number of numbers(200)) howTo.vault.putSecret(`many-${number}`, JSON.stringify({ key: `v${number}` }));
      const many = numbers(200).map((number) => [`KONG_NGINX_HTTP_X${number}`, `{vault://aws/many-${number}/key}`]);
      const all = { ...environment, ...Object.fromEntries(many) };
      const words = ['--handover', 'values', 'kong', 'docker-start'];
      const running = await spawnEntrypoint(startOf(program, words, all));
      await running.waitForLine('Kong started');
      const script = howTo.world.kong.record().find((started) => started.program === 'docker-entrypoint.sh');
      running.kill();
      await running.finished;
      howTo.world.kong.configure({ edition: 'enterprise' });
      for (const number of numbers(200)) {
        assert.equal(script?.environment[`KONG_ENTRYPOINT_VALUE_NGINX_HTTP_X${number}`], `v${number}`);
      }
    });
  });
}

/** What is printed with just these strings for an environment. Only the class below `spawn` takes them as they are. */
async function outputWith(program: Program, words: readonly string[], pairs: readonly string[]): Promise<string> {
  const [file = '', ...args] = [...program.words, ...words];
  const child = new ChildProcess() as ChildProcess & { spawn(options: object): number };
  child.spawn({ file, args: [file, ...args], envPairs: pairs, stdio: ['ignore', 'pipe', 'inherit'] });
  if (child.stdout === null) throw new TypeError('a pipe was asked for');
  const [output] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return output;
}
