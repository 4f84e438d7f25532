import { setTimeout as sleep } from 'node:timers/promises';

const LINE_EVERY = 5000;

/** Waits this many milliseconds, or until the signal aborts; then its reason is thrown. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch {
    signal.throwIfAborted();
  }
}

/** Whether a line about a long wait is due: the first after `first` milliseconds, then one every five seconds. */
export function nowAndThen(first = 0): () => boolean {
  let next = performance.now() + first;
  return () => {
    const now = performance.now();
    if (now < next) return false;
    next = now + LINE_EVERY;
    return true;
  };
}

/** `840 ms`, `12.3 s`, `4 min`: a duration as a line of the log says it. */
export function printDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 120_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${Math.round(milliseconds / 60_000)} min`;
}
