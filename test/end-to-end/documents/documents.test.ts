import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { helpText } from '../../../src/cli/help.ts';
import { runEntrypoint } from '../../world/kong-entrypoint.ts';
import { programs } from '../programs.ts';
import { readDockerRun } from './docker-run.ts';
import { documentedCommands } from './fenced-commands.ts';
import { wayOf, ways } from './ways-to-run.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const commands = documentedCommands(root);

describe('every command of the documents', () => {
  test('is in the table of how it is run', () => {
    const without = commands.filter(({ text }) => wayOf(text) === undefined);
    assert.ok(commands.length > 30);
    assert.deepEqual(without, []);
  });

  test('needs its row of that table, and there is no row too many', () => {
    const used = new Set(commands.map(({ text }) => wayOf(text)));
    assert.deepEqual(
      ways.filter(([, way, page]) => isThere(page) && !used.has(way)).map(([pattern]) => String(pattern)),
      [],
    );
  });

  test('that is run elsewhere is written down there', () => {
    for (const { text } of commands) {
      const way = wayOf(text);
      if (way?.how === 'elsewhere') assert.ok(textOf(way.file).includes(way.text), `${text}: not in ${way.file}`);
    }
  });
});

describe('what the documents tell to start', () => {
  for (const { file, line, text } of commands) {
    const way = wayOf(text);
    if (way?.how !== 'planned' && way?.how !== 'asked') continue;
    test(`${file}:${line} can be planned, and nothing stops it`, async () => {
      const { variables, words } = readDockerRun(text) ?? { variables: {}, words: text.split(' ').slice(1) };
      const asked = words.some((word) => /^--(?:plan|check|iam-policy)/.test(word));
      const planned = words.map((word) => (word === '--check' ? '--plan' : word));
      const result = await runEntrypoint({
        program: programs[0]?.words ?? [],
        args: asked ? planned : ['--plan', ...planned],
        environment: { PATH: '/usr/bin:/bin', ...(Object.keys(variables).length > 0 ? variables : howTo) },
      });
      assert.equal(result.exitCode, 0, `${result.stdout}${result.stderr}`);
      assert.match(result.stdout, way.how === 'asked' ? /"Version": "2012-10-17"/ : /^Plan for: kong /);
      assert.doesNotMatch(result.stdout, /Stops the start/);
    });
  }
});

describe('what is printed at the terminal', () => {
  for (const program of programs) {
    test(`--help of the ${program.name} is the help`, async () => {
      const { stdout, exitCode } = await runEntrypoint({ program: program.words, args: ['--help'] });
      assert.deepEqual([stdout, exitCode], [helpText(), 0]);
    });

    test(`--version of the ${program.name} says ours, the commit, Node's, and the lines of Kong`, async () => {
      const { stdout, exitCode } = await runEntrypoint({ program: program.words, args: ['--version'] });
      assert.match(
        stdout,
        /^kong-entrypoint \d+\.\d+\.\d+ \(commit (?:[0-9a-f]{7,40}|unknown)(?:-\w+)?, Node \d+\.\d+\.\d+; tested with Kong 3\.4, 3\.9\)\n$/,
      );
      assert.equal(exitCode, 0);
    });
  }
});

function isThere(page: string | undefined): boolean {
  return page === undefined || existsSync(join(root, page));
}

/** The how-to's variables, for a command that is shown without them. */
const howTo = {
  KONG_PG_HOST: 'db.example.com',
  KONG_PG_USER: '{vault://aws/kong-gateway-database/pg_user}',
  KONG_PG_PASSWORD: '{vault://aws/kong-gateway-database/pg_password}',
  AWS_REGION: 'eu-central-1',
};

/** Of a file, or of every file in a folder. */
function textOf(path: string): string {
  if (!statSync(join(root, path)).isDirectory()) return readFileSync(join(root, path), 'utf8');
  return globSync(`${path}/**/*.ts`, { cwd: root })
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .join('\n');
}
