import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Break, breaks } from './break-it/breaks.ts';

/*
 * node scripts/break-it.ts [WORD]
 * Breaks the program on purpose, one fault at a time, in a clone of what is committed, builds it, and runs the rows that have to turn red.
 * By hand, not in CI: a row that stays green proves nothing.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'faults-'));
const clone = join(scratch, 'clone');
execFileSync('git', ['clone', '--quiet', '--shared', root, clone]);
symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'));
const chosen = breaks.filter(({ what }) => what.includes(process.argv[2] ?? ''));
const outcomes = chosen.map(tryBreak);
rmSync(scratch, { recursive: true });
process.exitCode = outcomes.every((isRed) => isRed) ? 0 : 1;

/** Whether the row turned red. */
function tryBreak({ what, file, from, to, test, rows }: Break): boolean {
  const path = join(clone, file);
  const whole = readFileSync(path, 'utf8');
  if (whole.split(from).length !== 2) throw new Error(`${file} does not hold this text once: ${from}`);
  writeFileSync(path, whole.replace(from, to));
  const built = node('scripts/build.ts', '--quiet');
  const ran = node(
    '--test',
    '--test-force-exit',
    '--test-skip-pattern=the bundle',
    `--test-name-pattern=${rows}`,
    join('test', test),
  );
  writeFileSync(path, whole);
  const counts = /^ℹ pass (\d+)$[\s\S]*?^ℹ fail (\d+)$/m.exec(ran.stdout);
  const isRed = built.status === 0 && ran.status === 1 && Number(counts?.[2]) > 0;
  const told = built.status === 0 ? `${counts?.[2]} of the rows red, ${counts?.[1]} green` : 'it does not build';
  process.stdout.write(`${isRed ? 'red  ' : 'GREEN'}  ${what}: ${rows}: ${told}\n`);
  return isRed;
}

function node(...words: readonly string[]): { readonly status: number | null; readonly stdout: string } {
  const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };
  return spawnSync(process.execPath, words, { cwd: clone, env, encoding: 'utf8', timeout: 200_000 });
}
