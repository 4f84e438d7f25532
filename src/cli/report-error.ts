import { EntrypointError, SeveralErrors } from '../errors.ts';
import type { Log } from '../log.ts';

/** Prints an error, and returns the exit status that goes with it. The one place where an error becomes text and code. */
export function reportError(error: unknown, log: Log): number {
  if (error instanceof SeveralErrors) {
    for (const one of error.errors) print(one, log);
    return error.exitCode;
  }
  if (error instanceof EntrypointError) {
    print(error, log);
    return error.exitCode;
  }
  log.error(`this is a bug of kong-entrypoint: ${describeBug(error)}`, {
    hint: 'please report it with these lines; they hold no value of yours',
    code: 70,
  });
  return 70;
}

function print(error: EntrypointError, log: Log): void {
  const message = error.subject === undefined ? error.message : `${error.subject}: ${error.message}`;
  log.error(message, { hint: error.hint, code: error.exitCode, error: error.name });
}

/** The kind of error and where it came from. Not its message, which may hold a value. */
function describeBug(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return [error.name, ...frames.map((frame) => frame.trim())].join(' ');
}
