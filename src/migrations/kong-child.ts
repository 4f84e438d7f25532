import { ChildFailedError, type EntrypointError, UnavailableError } from '../errors.ts';
import { type ChildEnd, describeEnd, exitStatus, type OnOutput, runChild } from '../process/child.ts';
import { createMask } from '../process/mask.ts';
import { printDuration } from '../process/wait.ts';
import type { World } from '../process/world.ts';
import type { Secret } from '../secret.ts';
import type { ChildEnvironment } from './child-environment.ts';
import { reportProgress } from './progress.ts';

/** Reading the state is not a migration, and bounded. It takes a real Kong a second or three, which is not worth a line. */
const READ_LIMIT = 120_000;
const READ_IS_LONG = 5000;
const STEP_IS_LONG = 1000;
/** Characters of a command's output that are kept. */
const MOST_CAPTURED = 1024 * 1024;

/** A command of Kong's command line. */
export type KongChild = {
  /** The path of the `kong` program. */
  readonly kong: string;
  readonly args: readonly string[];
  readonly environment: ChildEnvironment;
  /** Values that must not appear in the output. */
  readonly secrets: readonly Secret[];
  /** Ends the child, as when the lock is lost; its reason is what is thrown. */
  readonly cancel: AbortSignal;
  /** Milliseconds from a stop signal to KILL. */
  readonly grace: number;
  readonly world: Pick<World, 'log' | 'phases' | 'stop'>;
};

type Output = { readonly stdout: string; readonly stderr: string };

/** How a child ended, and what it printed: unmasked, to be read, and masked, to be passed on. */
export type Captured = { readonly end: ChildEnd; readonly printed: Output; readonly masked: Output };

/** Runs a command that only asks, and keeps what it prints. */
export async function captureKong(child: KongChild): Promise<Captured> {
  const printed = { stdout: '', stderr: '' };
  const masked = { stdout: '', stderr: '' };
  const end = await runKong(child, {
    timeLimit: READ_LIMIT,
    isLongAfter: READ_IS_LONG,
    onOutput(stream, maskedPart, part) {
      masked[stream] = (masked[stream] + maskedPart).slice(-MOST_CAPTURED);
      printed[stream] = (printed[stream] + part).slice(-MOST_CAPTURED);
    },
  });
  return { end, printed, masked };
}

export type Running = {
  /** Milliseconds that the child may run; 0 means no limit. */
  readonly timeLimit: number;
  /** Milliseconds after which a line tells that it still runs. */
  readonly isLongAfter?: number;
  /** How many migrations it has to run, where that is known. */
  readonly total?: number | undefined;
  readonly onOutput: OnOutput;
};

/** Runs a command to its end. Throws the reason of a stop or of `cancel`, UnavailableError where the child took too long. */
export async function runKong(
  { kong, args, environment, secrets, cancel, grace, world }: KongChild,
  { timeLimit, isLongAfter = STEP_IS_LONG, total, onOutput }: Running,
): Promise<ChildEnd> {
  const { log, phases, stop } = world;
  log.debug(`running kong ${args.join(' ')}`);
  const name = `kong ${args.slice(0, 2).join(' ')}`;
  const progress = reportProgress({ name, first: isLongAfter, total, log });
  const run = (): Promise<ChildEnd> =>
    runChild({
      argv: [kong, ...args],
      environment: environment.variables,
      mark: `KONG_PREFIX=${environment.variables['KONG_PREFIX']}`,
      mask: createMask(secrets),
      onOutput(stream, masked, printed) {
        progress.see(printed);
        onOutput(stream, masked, printed);
      },
      stop,
      cancel,
      grace,
      timeLimit,
    });
  const end = await phases.measure('migrations', run).finally(progress.end);
  stop.signal.throwIfAborted();
  cancel.throwIfAborted();
  if (end.isLate) throw tooLate(name, timeLimit);
  return end;
}

function tooLate(command: string, timeLimit: number): EntrypointError {
  return new UnavailableError(`${command} did not end within ${printDuration(timeLimit)} and was stopped`, {
    hint: 'look at what holds locks in the database (pg_stat_activity); KONG_ENTRYPOINT_MIGRATIONS_TIMEOUT bounds a step',
  });
}

const OUT_OF_MEMORY =
  "kong-entrypoint did not send that signal: look for the kernel's out-of-memory killer, and check the memory limit of the container";

export function childFailed(
  command: string,
  end: ChildEnd,
  { blanked }: ChildEnvironment,
  why = 'signal' in end && end.signal === 'SIGKILL' ? OUT_OF_MEMORY : 'its own lines above say why',
): ChildFailedError {
  const note =
    blanked.length === 0 ? '' : `; left empty for it, because it does not need these references: ${blanked.join(', ')}`;
  return new ChildFailedError(`kong migrations ${command} ${describeEnd(end)}`, {
    exitCode: exitStatus(end) || 1,
    hint: `${why}${note}`,
  });
}
