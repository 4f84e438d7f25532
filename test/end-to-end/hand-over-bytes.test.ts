import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type EntrypointResult, runEntrypoint, whyNoPidNamespace } from '../world/kong-entrypoint.ts';
import { createHowTo, type HowTo, startOf, type Variables } from './how-to-start.ts';
import { withKongThat, writeProgram } from './kong-that.ts';
import { programs } from './programs.ts';

let howTo: HowTo;
before(async () => {
  howTo = await createHowTo();
});
after(() => howTo.close());

/** Names and values that something on the way might change; before and after those of the how-to, for the order counts too. */
const odd = {
  ZZZ: 'first',
  EMPTY: '',
  SPACES: '  a  b  ',
  LINES: 'one\ntwo\r\n\tthree\n',
  UNICODE: 'ü € 漢字 \u{1f98d} \ufeff \ufffd \u2028',
  CONTROL: '\u0001\u001b[31m\u007f',
  EQUALS: '=a==b=',
  QUOTES: `"'\`$HOME \\ $(id)`,
  'with-dash.and.dot': 'kept',
  lower_case: 'kept',
  KONG_lower: 'kept',
  'BASH_FUNC_f%%': '() {  echo f\n}',
  constructor: 'kept',
  PGPASSWORD: 'for psql',
  PGOPTIONS: '-c search_path=elsewhere',
  AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
  LD_BIND_NOW: '1',
  LONG: 'x'.repeat(100_000),
  AAA: 'last',
} as const;

/** The Node that runs the bundle obeys these; the binary has one of its own that does not. */
const forTheBinary = { NODE_OPTIONS: '--require /nonexistent', NODE_DEBUG: 'net' };

/** Prints its own environment as the kernel has it, and then its words. */
const PRINT = 'cat /proc/$$/environ; printf END; cat /proc/$$/cmdline; exit 7';

/** What is done before the hand-over, and the words that do it. */
const starts: readonly (readonly [string, readonly string[]])[] = [
  ['nothing, for sh', ['sh', '-c', PRINT]],
  ['nothing, for kong version', ['kong', 'version']],
  ['nothing, for the policy off', ['--migrations', 'off', 'kong', 'start']],
  ['the secret and migrations, for kong start', ['kong', 'start']],
  ["the secret, for kong docker-start and the image's script", ['kong', 'docker-start']],
];

const words = ['-v', '', 'a b', 'x\ny', 'ünïcode €', '--', '--grace', '*', '$HOME'];

for (const program of programs) {
  describe(`the ${program.name} hands over every byte`, () => {
    let environment: Variables;
    before(async () => {
      const given = withKongThat(howTo.world, await howTo.freshEnvironment(), { otherwise: PRINT });
      const script = writeProgram(`${howTo.world.folder}/script.sh`, `#!/bin/sh\n${PRINT}\n`);
      const more = program.name === 'binary' ? forTheBinary : {};
      environment = { ...odd, ...more, ...given, KONG_ENTRYPOINT_PROGRAM: script, ZZ: '' };
    });

    for (const [done, args] of starts) {
      test(`of the environment, after ${done}`, async () => {
        const result = await runEntrypoint(startOf(program, args, environment));
        assert.deepEqual(readPrinted(result).environment, toLines(environment));
        assert.equal(result.exitCode, 7);
      });
    }

    test('of the environment, as PID 1', { skip: whyNoPidNamespace() }, async () => {
      const options = { ...startOf(program, ['kong', 'start'], environment), pidNamespace: true };
      assert.deepEqual(readPrinted(await runEntrypoint(options)).environment, toLines(environment));
    });

    test('of the words, to kong, to the script of the image, and to a program that is neither', async () => {
      const { PATH = '' } = environment;
      const kong = `${PATH.split(':')[0]}/kong`;
      const script = environment['KONG_ENTRYPOINT_PROGRAM'] ?? '';
      const run = async (...args: readonly string[]) =>
        readPrinted(await runEntrypoint(startOf(program, args, environment))).words;
      assert.deepEqual(await run('kong', 'start', ...words), ['/bin/sh', kong, 'start', ...words]);
      assert.deepEqual(await run('kong', 'docker-start', ...words), [
        '/bin/sh',
        script,
        'kong',
        'docker-start',
        ...words,
      ]);
      assert.deepEqual(await run('kong', 'version', ...words), ['/bin/sh', kong, 'version', ...words]);
      assert.deepEqual(await run('--', 'sh', '-c', PRINT, ...words), ['sh', '-c', PRINT, ...words]);
    });
  });
}

/** A difference in one line is told better than one in all of the bytes. */
function toLines(environment: Variables): string[] {
  return Object.entries(environment).map(([name, value]) => `${name}=${value}`);
}

function readPrinted({ stdout, stderr }: EntrypointResult) {
  const printed = stdout.slice(stdout.lastIndexOf('ZZZ=first\0'));
  assert.ok(printed.includes('\0END'), stderr);
  const [environment = '', commandLine = ''] = printed.split('\0END');
  return { environment: environment.split('\0'), words: commandLine.split('\0').slice(0, -1) };
}
