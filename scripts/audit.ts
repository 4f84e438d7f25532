import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { readVerdict, type Verdict } from './audit/verdict.ts';

/*
 * npm run audit: asks the registry for advisories of severity high and critical, first for what is in the binary, then for everything.
 * Exit status 0: there are none. 1: there are. 75: the registry did not answer, and nothing is known.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const NOT_ANSWERED = 75;

const questions = [
  { about: 'what the program depends on', words: ['--omit=dev'] },
  { about: 'what builds and tests it as well', words: [] },
] as const;

function ask(words: readonly string[]): Verdict {
  const { stdout, error } = spawnSync('npm', ['audit', '--json', '--audit-level=high', ...words], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 120_000,
  });
  return error === undefined ? readVerdict(stdout) : { kind: 'unanswered', reason: error.message };
}

function print(about: string, verdict: Verdict): number {
  const { text, status } = judge(verdict);
  process.stdout.write(`${about}: ${text}\n`);
  return status;
}

function judge(verdict: Verdict): { readonly text: string; readonly status: number } {
  switch (verdict.kind) {
    case 'none':
      return { text: 'no advisory of severity high or critical', status: 0 };
    case 'found':
      return { text: [`${verdict.lines.length} packages are affected`, ...verdict.lines].join('\n  '), status: 1 };
    case 'unanswered':
      return { text: `the registry did not answer, so nothing is known: ${verdict.reason}`, status: NOT_ANSWERED };
  }
}

const statuses = questions.map(({ about, words }) => print(about, ask(words)));
process.exitCode = statuses.includes(1) ? 1 : Math.max(...statuses);
