import { ChildFailedError, UnavailableError } from '../errors.ts';
import { type ChildEnd, describeEnd, exitStatus, runChild } from '../process/child.ts';
import { createMask } from '../process/mask.ts';
import { printDuration } from '../process/wait.ts';
import type { World } from '../process/world.ts';
import type { Secret } from '../secret.ts';
import type { EntrypointSettings } from '../settings/entrypoint-settings.ts';
import { holdOutput } from './held-output.ts';
import type { Preparation } from './native-target.ts';

export type PrepareOptions = {
  readonly preparation: Preparation;
  readonly environment: Readonly<Record<string, string>>;
  readonly settings: Pick<EntrypointSettings, 'grace' | 'timeout'>;
  readonly world: Pick<World, 'log' | 'stop' | 'write'>;
};

/** A `kong prepare` that runs. Disposed of before it was joined, it is stopped as a stop signal would, and its end is awaited. */
export type RunningPrepare = AsyncDisposable & {
  /**
   * Passes on what it prints, without these values, and waits for its end. Throws ChildFailedError with its status, UnavailableError,
   * SystemRefusedError, or the reason of a stop.
   */
  join(secrets: readonly Secret[]): Promise<void>;
};

/** Starts `kong prepare`. Its output is held back until it is joined: which values must not be in it is known only then. */
export function startPrepare({ preparation, environment, settings, world }: PrepareOptions): RunningPrepare {
  const started = performance.now();
  const isOver = new AbortController();
  const output = holdOutput(world);
  const end = runChild({
    argv: preparation.argv,
    environment,
    mask: output.mask,
    onOutput: output.take,
    stop: world.stop,
    cancel: isOver.signal,
    grace: settings.grace,
    timeLimit: settings.timeout,
  });
  const ended = end.then(
    () => undefined,
    () => undefined,
  );
  return {
    async join(secrets) {
      output.release(createMask(secrets));
      judge(await end, settings.timeout, world);
      const took = printDuration(performance.now() - started);
      world.log.info(`prepared ${preparation.kongPrefix} without the image's script in ${took}`);
    },
    /** What ends the start is told already; how `kong prepare` ended then is of no interest. */
    async [Symbol.asyncDispose]() {
      isOver.abort();
      await ended;
    },
  };
}

function judge(end: ChildEnd, limit: number, { stop }: PrepareOptions['world']): void {
  stop.signal.throwIfAborted();
  if (end.isLate) throw tooLate(limit);
  if (exitStatus(end) !== 0) throw failed(end);
}

function tooLate(limit: number): UnavailableError {
  return new UnavailableError(`kong prepare did not end within ${printDuration(limit)} and was stopped`, {
    subject: 'KONG_ENTRYPOINT_TIMEOUT',
    hint: 'its own lines above show how far it got; a vault or a name server that does not answer can block it',
  });
}

function failed(end: ChildEnd): ChildFailedError {
  return new ChildFailedError(`kong prepare ${describeEnd(end)}`, {
    exitCode: exitStatus(end),
    hint: 'its own lines above say why; the prefix (KONG_PREFIX) must be a folder that this user may write to',
  });
}
