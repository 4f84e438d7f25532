import { pause } from '../../process/wait.ts';

/** The time that one question has, all its attempts and the pauses between them together. */
export type TimeLimit = {
  /** Aborted when the time is over or the start is stopped. */
  readonly signal: AbortSignal;
  isOver(): boolean;
  /** Waits before another attempt. False, at once or early, when no time is left for one; then the start may be stopped. */
  pause(attempts: number): Promise<boolean>;
};

const FIRST_PAUSE_MS = 200;

export function withTimeLimit(stop: AbortSignal, milliseconds: number): TimeLimit {
  const late = AbortSignal.timeout(milliseconds);
  const signal = AbortSignal.any([stop, late]);
  return {
    signal,
    isOver: () => late.aborted,
    async pause(attempts) {
      if (signal.aborted) return false;
      const longest = FIRST_PAUSE_MS * 2 ** attempts;
      await pause(longest * (0.5 + Math.random() / 2), signal).catch(() => undefined);
      stop.throwIfAborted();
      return !signal.aborted;
    },
  };
}
