import { EntrypointError, SeveralErrors } from '../errors.ts';
import type { PlannedProblem } from './plan.ts';

/** An error as a plan and a check tell it. */
export function asProblem(error: EntrypointError, setting?: string): PlannedProblem {
  return {
    subject: error.subject ?? setting ?? null,
    message: error.message,
    hint: error.hint,
    exitCode: error.exitCode,
  };
}

/** The errors that were thrown together, or the one. Anything else is a bug, and goes on as one. */
export function problemsIn(error: unknown): readonly EntrypointError[] {
  if (error instanceof SeveralErrors) return error.errors;
  if (error instanceof EntrypointError) return [error];
  throw error;
}
