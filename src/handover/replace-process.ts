import { readFileSync } from 'node:fs';
import { NotExecutableError } from '../errors.ts';
import { LONGEST_STRING } from '../process/usable-environment.ts';

/** The program that this process becomes. */
export type HandOver = {
  readonly path: string;
  readonly argv: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
};

/** Of all strings together, whatever the limit on the stack: as much is always allowed (ARG_MAX of old). */
const ALWAYS_ALLOWED = 128 * 1024;

/** Signals that the runtime ignores; an ignored signal stays ignored across execve, a caught one is reset to its default. */
const ignoredByRuntime = ['SIGPIPE', 'SIGXFSZ'] as const;

/**
 * Throws NotExecutableError if the strings would be too long for execve(2). Looked at before the last moment, for a call that fails
 * ends this process without a word.
 */
export function assertStringsFit({ path, argv, environment }: HandOver): void {
  const strings = [...argv, ...Object.entries(environment).map(([name, value]) => `${name}=${value}`)];
  const sizes = strings.map((text) => Buffer.byteLength(text, 'utf8'));
  const total = sizes.reduce((sum, size) => sum + size + 1 + 8, 0);
  if (sizes.every((size) => size <= LONGEST_STRING) && (total <= ALWAYS_ALLOWED || total <= mostBytes())) return;
  throw new NotExecutableError(`${path} cannot be started: its arguments and environment are too long`, {
    hint: 'the kernel allows 128 KiB for one variable, and a quarter of the stack limit for all of them; use a file (KONG_X_FILE) for a long value',
  });
}

/** A quarter of the soft limit on the stack, at most 6 MiB. */
function mostBytes(): number {
  const limit = /^Max stack size\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  const quarter = limit === undefined || limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit) / 4;
  return Math.min(quarter, 6 * 1024 * 1024) - 4096;
}

/**
 * Becomes the program: same PID, and nothing of ours left. The caller has proved that the program can be executed. What the runtime
 * changed in this process is put back: the kernel resets a caught signal, and the stop signals are caught anyway.
 */
export function replaceProcess({ path, argv, environment }: HandOver): never {
  for (const signal of ignoredByRuntime) process.on(signal, () => undefined);
  if (process.execve === undefined) throw new TypeError('this runtime has no process.execve');
  process.execve(path, [...argv], environment);
  throw new TypeError('execve returned');
}
