import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));

type Results = {
  readonly kong: string;
  readonly groups: readonly { readonly title: string; readonly results: readonly { readonly name: string }[] }[];
  readonly processes: Readonly<Record<string, { readonly made: number; readonly executed: number } | null>>;
  readonly targets: readonly { readonly what: string; readonly isMet?: boolean }[];
};

test('npm run bench measures every part, and what can be counted is as few as promised', async () => {
  const run = promisify(execFile)(process.execPath, ['scripts/bench.ts', '--rounds', '1'], { cwd: root });
  const { stdout } = await run;
  const results: Results = JSON.parse(readFileSync(`${root}/bench/results.json`, 'utf8'));
  assert.equal(results.kong, 'stand-in');
  for (const { title } of results.groups) assert.ok(stdout.includes(title), title);
  assert.ok(results.groups.slice(0, 5).every((group) => group.results.length >= 2));
  assert.ok(stdout.includes('\nTargets\n') && results.targets.length === 9);
  const situations = results.groups.filter(({ title }) => title.startsWith('Situations'));
  assert.deepEqual(
    situations.map((group) => group.results.map(({ name }) => name.replace(/^(\w+), .*: /, '$1: '))),
    Array(2).fill([
      "the image's script alone, a literal password (kong migrations: 0)",
      'warm: 0)',
      'cold: 1)',
      'warm: 0)',
      'cold: 1)',
    ]),
  );
  const { 'warm start': warm, 'native start': native } = results.processes;
  if (warm != null) assert.equal(warm.executed, 2, 'this program, and what it becomes: no kong between them');
  if (native != null) assert.ok(native.made + native.executed < 20);
});
