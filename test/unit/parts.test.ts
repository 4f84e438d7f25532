import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parts, type Run, restFiles, restRows, sharedFiles } from '../parts.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const withEngine = parts.engine.flatMap(({ files }) => files);
/** With open-source Kong. */
const runsOf = (part: 'once' | 'rest') => parts[part].filter(({ shape }) => shape === undefined);
const filesOf = (part: 'once' | 'rest') => runsOf(part).flatMap(({ files }) => files);

describe('npm test and npm run test:rest', () => {
  test('run together every test file that needs no engine, and no file twice but for those that they share', () => {
    const all = globSync('test/**/*.test.ts', { cwd: root }).filter((file) => !withEngine.includes(file));
    const both = [...filesOf('once'), ...filesOf('rest')];
    assert.ok(all.length > 100);
    assert.deepEqual(both.toSorted(), [...all, ...sharedFiles].toSorted());
    assert.deepEqual(
      filesOf('once').filter((file) => filesOf('rest').includes(file)),
      sharedFiles,
    );
    assert.ok(restFiles.every((file) => !filesOf('once').includes(file)));
  });

  test('divide the rows of those by one rule', () => {
    const all: readonly Run[] = [...runsOf('once'), ...runsOf('rest')];
    const runs = all.filter(({ files }) => files === sharedFiles);
    const others = all.filter((one) => !runs.includes(one));
    assert.deepEqual(runs, [
      { files: sharedFiles, without: restRows },
      { files: sharedFiles, only: restRows },
    ]);
    assert.ok(others.every(({ only, without }) => only === undefined && without === undefined));
  });

  test('run every end-to-end case of npm test with an Enterprise image too', () => {
    const [one, ...others] = parts.rest.filter(({ shape }) => shape === 'Enterprise');
    const cases = globSync('test/end-to-end/**/*.test.ts', { cwd: root }).filter((file) => sharedFiles.includes(file));
    assert.deepEqual(one?.files.toSorted(), cases.toSorted());
    assert.equal(one?.without, restRows);
    assert.deepEqual(others, []);
  });

  test('so run each of their rows once, wherever in its title or above it the words are', () => {
    const [all, once, rest] = [
      [],
      ['--test-skip-pattern', restRows.source],
      ['--test-name-pattern', restRows.source],
    ].map(titles);
    assert.deepEqual(rest, ['by the bundle', 'inside', 'a server', 'at length']);
    assert.deepEqual([...(once ?? []), ...(rest ?? [])].toSorted(), all?.toSorted());
  });
});

/** The titles of a file with rows of every kind, run by Node with these options. */
function titles(options: readonly string[]): string[] {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const words = ['--test', '--test-reporter=tap', ...options, join(root, 'test/unit/shared-rows.ts')];
  const { stdout } = spawnSync(process.execPath, words, { env, encoding: 'utf8' });
  return [...stdout.matchAll(/^ *ok \d+ - (.*)\n *---\n.*\n *type: 'test'/gm)].map(([, title = '']) => title);
}
