import { type ChildProcess, spawn } from 'node:child_process';
import { watchLines } from './output-lines.ts';
import { findPidOne, inPidNamespace } from './pid-namespace.ts';
import { findProcesses, type ProcessInformation, signalIfThere } from './processes.ts';

export { whyNoPidNamespace } from './pid-namespace.ts';
export { type ProcessInformation, readEnviron } from './processes.ts';

export type EntrypointOptions = {
  /** What is started: `[node, 'dist/kong-entrypoint.cjs']`, or `['dist/kong-entrypoint']`. */
  readonly program: readonly string[];
  /** Its command line: options, and the container's command. */
  readonly args?: readonly string[];
  /** The whole environment; nothing is added to it. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Written to its input, which is closed then; without it the input is /dev/null. */
  readonly stdin?: string;
  /** Milliseconds until everything is killed; a minute when absent. */
  readonly timeout?: number;
  /** Runs it as PID 1 of its own PID namespace, as in a container. See `whyNoPidNamespace`. */
  readonly pidNamespace?: boolean;
  /** Text found only in the environments or command lines of what is started: finds processes that left the session. */
  readonly marker?: string;
};

export type EntrypointResult = {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** As seen from here, also for what was PID 1 in a namespace. */
  readonly pid: number;
  readonly durationMs: number;
  readonly timedOut: boolean;
};

export type RunningEntrypoint = {
  readonly pid: number;
  /** The first line, printed already or still to come, on either stream; an error when it does not come in time. */
  waitForLine(pattern: RegExp | string, timeout?: number): Promise<string>;
  stdout(): string;
  stderr(): string;
  /** To the process alone, as a container engine does it. */
  signal(signal: NodeJS.Signals): void;
  signalGroup(signal: NodeJS.Signals): void;
  /** Everything that came of it and is still there, itself included. */
  processesLeft(): ProcessInformation[];
  /** KILL to all of it, as when a container is removed. */
  kill(): void;
  readonly finished: Promise<EntrypointResult>;
};

const killAtExit = new Set<() => void>();
process.once('exit', () => {
  for (const kill of killAtExit) kill();
});

/** Runs to the end. */
export async function runEntrypoint(options: EntrypointOptions): Promise<EntrypointResult> {
  return (await spawnEntrypoint(options)).finished;
}

/** Starts it in a session of its own and returns while it runs. */
export async function spawnEntrypoint(options: EntrypointOptions): Promise<RunningEntrypoint> {
  const startedAt = performance.now();
  const child = launch(options);
  const lines = watchLines(child);
  const outerPid = child.pid;
  if (outerPid === undefined) throw await spawnError(child);
  const pid = options.pidNamespace === true ? await findPidOne(outerPid) : outerPid;
  const processesLeft = () => findProcesses({ root: outerPid, marker: options.marker });
  const kill = () => {
    for (const { pid: left } of processesLeft()) signalIfThere(left, 'SIGKILL');
  };
  killAtExit.add(kill);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, options.timeout ?? 60_000);
  const finished = lines.ended.then((): EntrypointResult => {
    clearTimeout(timer);
    killAtExit.delete(kill);
    const durationMs = performance.now() - startedAt;
    const { exitCode, signalCode: signal } = child;
    return { exitCode, signal, stdout: lines.stdout(), stderr: lines.stderr(), pid, durationMs, timedOut };
  });
  const { waitForLine, stdout, stderr } = lines;
  return {
    pid,
    waitForLine,
    stdout,
    stderr,
    signal: (signal) => void signalIfThere(pid, signal),
    signalGroup: (signal) => void signalIfThere(-outerPid, signal),
    processesLeft,
    kill,
    finished,
  };
}

function launch(options: EntrypointOptions): ChildProcess {
  const words = [...options.program, ...(options.args ?? [])];
  const [program = '', ...args] = options.pidNamespace === true ? inPidNamespace(words) : words;
  const child = spawn(program, args, {
    env: { ...options.environment },
    stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    detached: true,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(options.stdin);
  return child;
}

function spawnError(child: ChildProcess): Promise<Error> {
  return new Promise((resolve) => child.once('error', resolve));
}
