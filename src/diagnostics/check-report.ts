import type { EntrypointError } from '../errors.ts';
import { asProblem, problemsIn } from './problems.ts';

export type Mark = 'ok' | 'failed' | 'skipped';

/** One look at something, and what came of it. */
export type Check = {
  readonly name: string;
  readonly mark: Mark;
  readonly detail: string;
  readonly hint: string | null;
  readonly milliseconds: number;
  /** What a start would have ended with; null where it would have gone on. */
  readonly exitCode: number | null;
};

/** What `--check --output json` prints; the version changes when a field changes its meaning or goes. */
export type CheckReport = {
  readonly version: 1;
  readonly command: readonly string[];
  readonly checks: readonly Check[];
  readonly warnings: readonly string[];
  readonly exitCode: number;
};

/** Takes down checks one after another, each with its time. */
export type Checklist = {
  readonly checks: readonly Check[];
  /** Looks; what the look returns is the detail. True unless it failed. */
  look(name: string, action: () => Promise<string> | string): Promise<boolean>;
  skip(name: string, why: string): void;
  fail(name: string, errors: readonly EntrypointError[]): void;
};

export function createChecklist(): Checklist {
  const checks: Check[] = [];

  function add(name: string, mark: Mark, detail: string, started: number, rest: Partial<Check> = {}): void {
    const milliseconds = Math.round(performance.now() - started);
    checks.push({ name, mark, detail, hint: null, exitCode: null, milliseconds, ...rest });
  }

  function fail(name: string, errors: readonly EntrypointError[], started = performance.now()): void {
    for (const error of errors) {
      const { subject, message, hint, exitCode } = asProblem(error);
      add(name, 'failed', subject === null ? message : `${subject}: ${message}`, started, { hint, exitCode });
    }
  }

  return {
    checks,
    async look(name, action) {
      const started = performance.now();
      try {
        add(name, 'ok', await action(), started);
        return true;
      } catch (error) {
        fail(name, problemsIn(error), started);
        return false;
      }
    },
    skip: (name, why) => add(name, 'skipped', why, performance.now()),
    fail: (name, errors) => fail(name, errors),
  };
}
