import type { ChildProcessByStdio } from 'node:child_process';
import { constants } from 'node:os';
import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import { codeOf, SystemRefusedError } from '../errors.ts';
import { createLineReader } from './lines.ts';
import type { Mask } from './mask.ts';
import { openProcessGroup, type ProcessGroup } from './process-group.ts';
import type { Stop } from './stop.ts';
import { assertUsable } from './usable-environment.ts';

type Ended = { readonly exitCode: number } | { readonly signal: NodeJS.Signals };

/** How a child ended, and whether that was because its time was up. */
export type ChildEnd = Ended & { readonly isLate: boolean };

/**
 * Whole lines, one character a byte: masked, for whoever passes them on, and as the child printed them, for whoever reads them. What is
 * printed may hold a secret, and goes nowhere.
 */
export type OnOutput = (stream: 'stdout' | 'stderr', masked: string, printed: string) => void;

export type ChildOptions = {
  /** The program's path, then its arguments; the first is also its name. */
  readonly argv: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  /** An entry of that environment, `NAME=value`, that nothing has but this child and what it starts; absent where there is none. */
  readonly mark?: string;
  readonly mask: Mask;
  readonly onOutput: OnOutput;
  readonly stop: Stop;
  /** Ends the child as a stop signal would. */
  readonly cancel?: AbortSignal;
  /** Milliseconds from a stop signal, or from the time limit, to KILL. */
  readonly grace: number;
  /** Milliseconds that the child may run; 0 means no limit. */
  readonly timeLimit: number;
};

/** How long output may still arrive after the child's end, from a process that it left behind. */
const DRAIN_MILLISECONDS = 1000;

/**
 * Runs a program in a session and process group of its own and waits for its end. Stop signals go to the whole group, for `kong`
 * is a tree of five processes of which the first swallows TERM; after the grace period the group is killed. Nothing of the group
 * is left when this returns, nor of what left the group and kept its environment. Throws SettingError for a variable that no program can be given, and
 * SystemRefusedError where no process can be started.
 */
export async function runChild(options: ChildOptions): Promise<ChildEnd> {
  const child = await start(options);
  const group = openProcessGroup(child.pid, options.mark);
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  pass(child.stdout, 'stdout', options);
  pass(child.stderr, 'stderr', options);
  const forgetStop = options.stop.onSignal((signal) => group.stop(signal, options.grace));
  const cancel = (): void => group.stop('SIGTERM', options.grace);
  options.cancel?.addEventListener('abort', cancel);
  if (options.stop.signal.aborted || options.cancel?.aborted) cancel();
  let isLate = false;
  const limit = timeLimit(options, () => {
    isLate = true;
    cancel();
  });
  try {
    const end = await ended(child);
    await drained(closed, child, group);
    return { ...end, isLate };
  } finally {
    clearTimeout(limit);
    forgetStop();
    options.cancel?.removeEventListener('abort', cancel);
    group.end();
  }
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** What starts processes is loaded only here: a start that finds all ready has none to start. */
async function start({ argv, environment }: ChildOptions): Promise<Child> {
  const { spawn } = process.getBuiltinModule('node:child_process');
  const [program, ...args] = argv;
  for (const [name, value] of Object.entries(environment)) assertUsable(name, value);
  try {
    const child = spawn(program, args, {
      argv0: program,
      env: { ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    // Of some errors (EAGAIN, EMFILE) Node tells by an event, and the child has no streams then; of others (E2BIG, ENOMEM) it throws.
    if (child.pid === undefined) throw await new Promise((resolve) => child.once('error', resolve));
    return child;
  } catch (cause) {
    throw notStarted(argv, cause);
  }
}

function notStarted([program, command = '']: ChildOptions['argv'], cause: unknown): SystemRefusedError {
  const name = `${posix.basename(program)} ${command}`;
  return new SystemRefusedError(`a process for ${name} could not be started (${codeOf(cause)})`, {
    hint:
      codeOf(cause) === 'E2BIG'
        ? 'all variables together are more than the kernel takes, a quarter of the stack limit (ulimit -s): remove some'
        : 'check the limits on processes and memory (ulimit -u, pids and memory limits of the container)',
    cause,
  });
}

function timeLimit({ timeLimit: milliseconds }: ChildOptions, end: () => void): NodeJS.Timeout | undefined {
  return milliseconds === 0 ? undefined : setTimeout(end, milliseconds);
}

function pass(stream: Readable, name: 'stdout' | 'stderr', options: ChildOptions): void {
  const reader = createLineReader({
    mask: options.mask.apply,
    safeLength: options.mask.safeLength,
    onText: (masked, printed) => options.onOutput(name, masked, printed),
  });
  stream.on('data', (chunk: Buffer) => reader.push(chunk));
  stream.once('close', () => reader.end());
}

function ended(child: Child): Promise<Ended> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(code === null ? { signal: signal ?? 'SIGKILL' } : { exitCode: code }));
  });
}

/** Waits for the end of the output. What was left behind and still holds the pipes is killed, and the pipes are closed. */
async function drained(closed: Promise<void>, child: Child, group: ProcessGroup): Promise<void> {
  const timer = setTimeout(() => {
    group.end();
    child.stdout.destroy();
    child.stderr.destroy();
  }, DRAIN_MILLISECONDS);
  await closed;
  clearTimeout(timer);
}

/** The end in words, after the name of the program. */
export function describeEnd(end: ChildEnd): string {
  return 'signal' in end ? `was ended by ${end.signal}` : `failed with exit code ${end.exitCode}`;
}

/** The exit status that a shell gives: the code, or 128 + n for a signal. */
export function exitStatus(end: ChildEnd): number {
  return 'exitCode' in end ? end.exitCode : 128 + constants.signals[end.signal];
}
