import { setTimeout as sleep } from 'node:timers/promises';
import type { EntrypointOptions, EntrypointResult } from '../world/kong-entrypoint.ts';
import { spawnEntrypoint } from '../world/kong-entrypoint.ts';
import type { Part } from './needed-parts.ts';

/** A start that was watched from its beginning to its end. */
export type Watched = EntrypointResult & {
  /** Seconds that counted: of the whole start, or from the moment that the situation names. */
  readonly seconds: number;
  /** The longest time without a line of ours, in seconds. */
  readonly silence: number;
};

/** Keeps what is to be undone at the end, the last first. */
export type Undo = (undo: () => Promise<void> | void) => void;

/** One row: what befalls a start, and what the start does then. */
export type Situation = {
  readonly name: string;
  /** What the start does, as the documentation tells it. */
  readonly does: string;
  readonly exitCode: number;
  /** Seconds until the end, with room for a machine that is busy. */
  readonly atMost: number;
  readonly needs?: readonly Part[];
  /** The line of the start that tells of it; absent where it says nothing. */
  readonly line?: RegExp;
  /** Makes the situation and watches a start in it. What is given to `after` is undone at the end. */
  play(after: Undo): Promise<Watched>;
};

const LOOK_EVERY = 100;
/** Milliseconds after which a start hangs, whatever the situation. */
const HANGS_AFTER = 130_000;

/** Runs a start to its end. `meanwhile` is what happens to it. */
export async function watchStart(
  options: EntrypointOptions,
  meanwhile: (running: Awaited<ReturnType<typeof spawnEntrypoint>>) => Promise<unknown> = async () => undefined,
): Promise<Watched> {
  const running = await spawnEntrypoint({ ...options, timeout: HANGS_AFTER });
  let [printed, since, silence, ended] = ['', performance.now(), 0, false];
  const watching = (async () => {
    while (!ended) {
      await sleep(LOOK_EVERY);
      silence = Math.max(silence, performance.now() - since);
      const now = running.stderr() + running.stdout();
      if (now !== printed) [printed, since] = [now, performance.now()];
    }
  })();
  const from = (await meanwhile(running)) === 'from here on' ? performance.now() : undefined;
  const result = await running.finished;
  ended = true;
  await watching;
  const milliseconds = from === undefined ? result.durationMs : performance.now() - from;
  return { ...result, seconds: milliseconds / 1000, silence: silence / 1000 };
}
