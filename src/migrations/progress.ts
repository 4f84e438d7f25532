import type { Log } from '../log.ts';
import { nowAndThen, printDuration } from '../process/wait.ts';

export type ProgressOptions = {
  /** The command, as `kong migrations up`. */
  readonly name: string;
  /** Milliseconds until the first line; then one comes every five seconds. */
  readonly first: number;
  /** How many migrations there are to run, where Kong told so before. */
  readonly total: number | undefined;
  readonly log: Log;
};

/** The log lines of a running `kong` command: how long it runs, and how far its own output says it is. */
export type Progress = {
  /** Sees whole lines of the output. */
  see(text: string): void;
  end(): void;
};

const LOOK_EVERY = 250;
/** Kong prints `core migrated up to: 016_280_to_300 (executed)` for each. */
const MIGRATED = / migrated up to: /g;

export function reportProgress({ name, first, total, log }: ProgressOptions): Progress {
  const started = performance.now();
  const isLineDue = nowAndThen(first);
  let count = 0;
  const timer = setInterval(() => {
    if (!isLineDue()) return;
    log.info(`${name} runs, ${printDuration(performance.now() - started)} so far${describe(count, total)}`);
  }, LOOK_EVERY);
  return {
    see(text) {
      count += text.match(MIGRATED)?.length ?? 0;
    },
    end: () => clearInterval(timer),
  };
}

/** A command that only asks has no migrations to count. */
function describe(count: number, total: number | undefined): string {
  if (total !== undefined) return `: ${count} of ${total} migrations`;
  return count === 0 ? '' : `: ${count} ${count === 1 ? 'migration' : 'migrations'}`;
}
