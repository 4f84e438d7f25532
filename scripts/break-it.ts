import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * node scripts/break-it.ts [WORD]
 * Breaks the program on purpose, one fault at a time, in a clone of what is committed, builds it, and runs the row of test:faults that has
 * to turn red. By hand, not in CI: a row that stays green proves nothing.
 */
type Break = {
  readonly what: string;
  readonly file: string;
  /** Text of the file, once in it, and what takes its place. */
  readonly from: string;
  readonly to: string;
  readonly test: string;
  /** The titles of the rows. */
  readonly rows: string;
};

const breaks: readonly Break[] = [
  {
    what: 'a value is printed in an error',
    file: 'src/migrations/kong-child.ts',
    from: "const note = blanked.length === 0 ? ''",
    to: "const note = blanked.length === 0 ? arguments[2].variables['KONG_PG_PASSWORD']",
    test: 'leaks.test.ts',
    rows: 'migrations that print it and fail',
  },
  {
    what: 'the lock is not taken',
    file: 'src/database/lock/advisory-lock.ts',
    from: 'rows[0]?.obtained === true',
    to: 'rows.length === 1',
    test: 'load/starts.test.ts',
    rows: 'on an empty schema',
  },
  {
    what: 'a signal is not forwarded',
    file: 'src/process/process-group.ts',
    from: '      send(signal);\n',
    to: '',
    test: 'kill.test.ts',
    rows: 'SIGTERM while a bootstrap runs',
  },
  {
    what: 'execve gets a changed environment',
    file: 'src/handover/replace-process.ts',
    from: 'process.execve(path, [...argv], environment)',
    to: "process.execve(path, [...argv], { ...environment, ADDED: 'yes' })",
    test: 'hand-over.test.ts',
    rows: 'in a session and a group of its own',
  },
  {
    what: 'the prefix of a killed start is left',
    file: 'src/migrations/private-prefix.ts',
    from: '  await removeAbandoned(FOLDER);\n',
    to: '',
    test: 'kill.test.ts',
    rows: 'SIGKILL while a bootstrap runs',
  },
  {
    what: 'a stalled statement is waited for',
    file: 'src/database/connection/end-connection.ts',
    from: "signal.addEventListener('abort', breakOff, { once: true });",
    to: '',
    test: 'services.test.ts',
    rows: 'that stalls in the middle of a statement',
  },
];

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
  const ran = node('--test', '--test-force-exit', `--test-name-pattern=${rows}`, join('test/faults', test));
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
