import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type StepPhase = 'up' | 'teardown';

/** One step of a migration as an invocation ran it. */
export type Step = {
  readonly subsystem: string;
  readonly name: string;
  readonly phase: StepPhase;
  /** False: it was begun, and its row was never written. */
  readonly completed: boolean;
};

/** One start of a program of the stand-in. */
export type Invocation = {
  readonly program: 'kong' | 'nginx' | 'docker-entrypoint.sh';
  /** The words after the program's name. */
  readonly arguments: readonly string[];
  readonly pid: number;
  readonly ppid: number;
  readonly pgid: number;
  readonly cwd: string;
  /** The bytes of /proc/<pid>/environ, as the caller of execve gave them. */
  readonly environ: Buffer;
  readonly environment: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly exitCode?: number;
  readonly steps: readonly Step[];
  /** Where the Admin API answers, such as `127.0.0.1:8001`. */
  readonly listening?: string;
};

export type StartEvent = Omit<Invocation, 'environ' | 'environment' | 'steps'> & { readonly environBase64: string };

export type RecordEvent =
  | (StartEvent & { readonly event: 'start'; readonly run: string })
  | { readonly event: 'end'; readonly run: string; readonly endedAt: number; readonly exitCode: number }
  | { readonly event: 'listening'; readonly run: string; readonly listening: string }
  | { readonly event: 'fault'; readonly run: string; readonly fault: string }
  | ({ readonly event: 'step'; readonly run: string } & Step);

/** Adds a line in one write, so that concurrent programs do not mix theirs. A folder that cannot be written is not an error. */
export function appendEvent(folder: string, event: RecordEvent): void {
  try {
    appendFileSync(join(folder, 'record.jsonl'), `${JSON.stringify(event)}\n`);
  } catch {
    return;
  }
}

export function readEvents(folder: string): RecordEvent[] {
  const file = join(folder, 'record.jsonl');
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as RecordEvent);
}

/** Every invocation since the stand-in was installed or its record cleared, by time. */
export function readRecord(folder: string): Invocation[] {
  const invocations = new Map<string, Invocation>();
  for (const event of readEvents(folder)) {
    const known = invocations.get(event.run);
    if (event.event === 'start') invocations.set(event.run, fromStart(event));
    else if (known !== undefined) invocations.set(event.run, withEvent(known, event));
  }
  return [...invocations.values(), ...readEntries(folder)].sort((a, b) => a.startedAt - b.startedAt);
}

function fromStart({
  event: _event,
  run: _run,
  environBase64,
  ...rest
}: StartEvent & { event: 'start'; run: string }): Invocation {
  const environ = Buffer.from(environBase64, 'base64');
  return { ...rest, environ, environment: parseEnviron(environ), steps: [] };
}

function withEvent(invocation: Invocation, event: Exclude<RecordEvent, { event: 'start' }>): Invocation {
  switch (event.event) {
    case 'end':
      return { ...invocation, endedAt: event.endedAt, exitCode: event.exitCode };
    case 'listening':
      return { ...invocation, listening: event.listening };
    case 'step':
      return { ...invocation, steps: withStep(invocation.steps, event) };
    case 'fault':
      return invocation;
  }
}

function withStep(steps: readonly Step[], { subsystem, name, phase, completed }: Step): readonly Step[] {
  const begun = completed ? steps.slice(0, -1) : steps;
  return [...begun, { subsystem, name, phase, completed }];
}

/** What the image's entry script left of itself: a shell cannot write JSON safely, so it copies its /proc files. */
function readEntries(folder: string): Invocation[] {
  const entries = join(folder, 'entries');
  if (!existsSync(entries)) return [];
  return readdirSync(entries).map((name) => {
    const read = (file: string) => readFileSync(join(entries, name, file));
    const words = read('cmdline').toString().split('\0').slice(0, -1);
    const [startedAt = 0, pid = 0, ppid = 0, pgid = 0] = read('numbers').toString().trim().split(' ').map(Number);
    const environ = read('environ');
    const cwd = read('cwd').toString().trimEnd();
    const environment = parseEnviron(environ);
    return {
      program: 'docker-entrypoint.sh',
      arguments: words.slice(2),
      startedAt,
      pid,
      ppid,
      pgid,
      cwd,
      environ,
      environment,
      steps: [],
    };
  });
}

export function parseEnviron(environ: Buffer): Record<string, string> {
  const environment: Record<string, string> = Object.create(null);
  for (const entry of environ.toString().split('\0')) {
    const cut = entry.indexOf('=');
    if (cut > 0) environment[entry.slice(0, cut)] ??= entry.slice(cut + 1);
  }
  return environment;
}
