import { ChildFailedError, type EntrypointError, UnavailableError } from '../errors.ts';
import { type ChildEnd, describeEnd, exitStatus, runChild } from '../process/child.ts';
import { createMask } from '../process/mask.ts';
import { printDuration } from '../process/wait.ts';
import type { ChildEnvironment } from './child-environment.ts';
import type { KongMigrationsOptions } from './kong-migrations.ts';

/** Reading the state is not a migration, and bounded. */
const READ_LIMIT = 120_000;
const MOST_CAPTURED = 1024 * 1024;

export type Captured = {
  readonly end: ChildEnd;
  readonly stdout: string;
  readonly stderr: string;
  readonly environment: ChildEnvironment;
};

export async function capture(
  args: readonly string[],
  environment: ChildEnvironment,
  options: KongMigrationsOptions,
): Promise<Captured> {
  const text = { stdout: '', stderr: '' };
  const end = await spawn(args, environment, options, {
    timeLimit: READ_LIMIT,
    onOutput: (stream, part) => {
      text[stream] = (text[stream] + part).slice(-MOST_CAPTURED);
    },
  });
  return { end, ...text, environment };
}

export type Running = {
  readonly timeLimit: number;
  readonly onOutput: (stream: 'stdout' | 'stderr', text: string) => void;
};

export async function spawn(
  args: readonly string[],
  environment: ChildEnvironment,
  options: KongMigrationsOptions,
  { timeLimit, onOutput }: Running,
): Promise<ChildEnd> {
  options.log.debug(`running kong ${args.join(' ')}`);
  const run = (): Promise<ChildEnd> =>
    runChild({
      argv: [options.kong, ...args],
      environment: environment.variables,
      mark: `KONG_PREFIX=${environment.variables['KONG_PREFIX']}`,
      mask: createMask(options.secrets()),
      onOutput,
      stop: options.stop,
      cancel: options.cancel,
      grace: options.grace,
      timeLimit,
    });
  const end = await options.phases.measure('migrations', run);
  options.stop.signal.throwIfAborted();
  options.cancel.throwIfAborted();
  if (end.isLate) throw tooLate(args, timeLimit);
  return end;
}

function tooLate(args: readonly string[], timeLimit: number): EntrypointError {
  return new UnavailableError(
    `kong ${args.slice(0, 2).join(' ')} did not end within ${printDuration(timeLimit)} and was stopped`,
    {
      hint: 'look at what holds locks in the database (pg_stat_activity); KONG_ENTRYPOINT_MIGRATIONS_TIMEOUT bounds a step',
    },
  );
}

const OUT_OF_MEMORY =
  "this program did not do it: look for the kernel's out-of-memory killer, and at the memory limit of the container";

export function childFailed(
  command: string,
  end: ChildEnd,
  { blanked }: ChildEnvironment,
  why = 'signal' in end && end.signal === 'SIGKILL' ? OUT_OF_MEMORY : 'its own lines above say why',
): ChildFailedError {
  const note = blanked.length === 0 ? '' : `; blanked for it, as references it does not need: ${blanked.join(', ')}`;
  return new ChildFailedError(`kong migrations ${command} ${describeEnd(end)}`, {
    exitCode: exitStatus(end) || 1,
    hint: `${why}${note}`,
  });
}
