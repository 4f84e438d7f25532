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
  const refused = build();
  const { red, green } = refused === undefined ? runRows(test, rows) : { red: 0, green: 0 };
  writeFileSync(path, whole);
  const isRed = refused === 'the check of the build refuses it' || red > 0;
  const told = refused ?? `${red} of the rows red, ${green} green`;
  process.stdout.write(`${isRed ? 'red  ' : 'GREEN'}  ${what}: ${rows}: ${told}\n`);
  return isRed;
}

/** Undefined if a program is there, else why not. */
function build(): string | undefined {
  const { status, stderr } = node('scripts/build.ts', '--quiet');
  if (status === 0) return undefined;
  return stderr.includes('Error: self-check: ') ? 'the check of the build refuses it' : 'it does not build';
}

function runRows(test: string, rows: string): { readonly red: number; readonly green: number } {
  const only = ['--test-skip-pattern=the bundle', `--test-name-pattern=${rows}`];
  const { stdout } = node('--test', '--test-force-exit', ...only, join('test', test));
  const [, green, red, cancelled] = /^ℹ pass (\d+)\nℹ fail (\d+)\nℹ cancelled (\d+)$/m.exec(stdout) ?? [];
  return { red: Number(red ?? 0) + Number(cancelled ?? 0), green: Number(green ?? 0) };
}

function node(...words: readonly string[]) {
  const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };
  return spawnSync(process.execPath, words, { cwd: clone, env, encoding: 'utf8', timeout: 200_000 });
}
