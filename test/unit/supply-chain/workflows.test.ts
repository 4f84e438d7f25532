import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { accessSync, constants, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { TESTED_KONG_LINES } from '../../../src/cli/version.ts';

type Step = { readonly uses?: string; readonly run?: string; readonly env?: Readonly<Record<string, string>> };
type Job = {
  readonly steps: readonly Step[];
  readonly 'timeout-minutes'?: number;
  readonly permissions?: Readonly<Record<string, string>>;
};
type Workflow = {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
};

const root = fileURLToPath(new URL('../../../', import.meta.url));
const { scripts, version }: { scripts: Readonly<Record<string, string>>; version: string } = JSON.parse(
  read('package.json'),
);
/** `gh` reads GH_TOKEN itself. */
const readers = ['GH_TOKEN', ...globSync('{scripts,test/engine}/**/*.{ts,sh}', { cwd: root }).map(read)];

for (const name of ['ci', 'release']) {
  const text = read(`.github/workflows/${name}.yml`);
  const workflow: Workflow = parse(text);
  const jobs = Object.values(workflow.jobs);
  const steps = jobs.flatMap((job) => job.steps);

  describe(`the workflow ${name}`, () => {
    test('takes each action by the digest of a commit, with its version beside it', () => {
      const uses = text.split('\n').filter((line) => line.includes('uses:'));
      assert.ok(uses.length > 0);
      for (const line of uses) assert.match(line, /uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    });

    test('runs only scripts that are there', () => {
      const commands = steps.flatMap(({ run }) => run ?? []);
      assert.ok(commands.length > 5);
      for (const command of commands) assertRuns(command);
    });

    test('may do no more than it has to, and no job runs without end', () => {
      const isReader = Object.entries(workflow.permissions).every(
        ([what, may]) => what === 'contents' && may === 'read',
      );
      assert.ok(isReader);
      for (const job of jobs) assert.ok((job['timeout-minutes'] ?? 0) > 0);
      const writers = Object.entries(workflow.jobs).filter(([, { permissions }]) => hasWrite(permissions ?? {}));
      assert.deepEqual(
        writers.map(([job]) => job),
        name === 'release' ? ['publish'] : [],
      );
    });

    test('has no secret but the token of its own job', () => {
      assert.doesNotMatch(text, /secrets\./);
    });

    test('sets no variable that no test or script reads', () => {
      for (const name of new Set(steps.flatMap(({ env = {} }) => Object.keys(env)))) {
        assert.ok(
          readers.some((text) => new RegExp(`\\b${name}\\b`).test(text)),
          name,
        );
      }
    });

    test('gives no text of others to a shell', () => {
      for (const { run = '' } of steps) {
        for (const [, expression = ''] of run.matchAll(/\$\{\{ (.*?) \}\}/g)) assert.match(expression, /^matrix\./);
      }
    });
  });
}

test('the lines of Kong that --version names are those whose images CI starts', () => {
  const { jobs }: { jobs: { kong: { strategy: { matrix: { image: readonly string[] } } } } } = parse(
    read('.github/workflows/ci.yml'),
  );
  const named = TESTED_KONG_LINES.map((line) => `kong:${line}`);
  assert.deepEqual(jobs.kong.strategy.matrix.image.toSorted(), named.toSorted());
});

test('the release verifies what it signs before it is published', () => {
  const { steps } = (parse(read('.github/workflows/release.yml')) as Workflow).jobs['publish'] ?? { steps: [] };
  const runs = steps.flatMap(({ run }) => run ?? []);
  const at = (word: string): number => runs.findIndex((run) => run.includes(word));
  const order = ['assemble', 'log-in', 'release.ts push', 'release.ts sign', 'publish-release'].map(at);
  assert.ok(!order.includes(-1));
  assert.deepEqual(
    order,
    order.toSorted((one, other) => one - other),
  );
});

test('the release stops at a tag that is not the version of package.json', () => {
  const step = ['scripts/release.ts', 'check'];
  for (const [tag, status] of [
    [`v${version}`, 0],
    ['v0.0.1', 1],
    [version, 1],
  ] as const) {
    const env = { ...process.env, GITHUB_REF_NAME: tag };
    assert.equal(spawnSync(process.execPath, step, { cwd: root, env }).status, status, tag);
  }
});

/** `npm ci`, an npm script of ours, a script under its path, or a step of the release; each of them as root too. */
function assertRuns(words: string): void {
  const asRoot = 'scripts/ci/as-root.sh';
  accessSync(join(root, asRoot), constants.X_OK);
  const command = words.replace(`${asRoot} `, '');
  const [, script] = /^npm (?:run )?([\w:-]+)/.exec(command) ?? [];
  if (script !== undefined) {
    assert.ok(script === 'ci' || script === 'test' || script in scripts, command);
    return;
  }
  const [program = '', file = ''] = command.split(' ');
  const isNode = program === 'node_modules/.bin/node';
  accessSync(join(root, isNode ? file : program), isNode ? constants.R_OK : constants.X_OK);
}

function hasWrite(permissions: Readonly<Record<string, string>>): boolean {
  return Object.values(permissions).includes('write');
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}
