import { constants } from 'node:os';
import { StoppedBySignalError, UnavailableError } from '../errors.ts';
import { printDuration } from './wait.ts';

export type StopSignal = 'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'SIGHUP';
const stopSignals: readonly StopSignal[] = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP'];

/** The wish to stop, as it reaches every wait: an abort for what only waits, a call for what has to be told. */
export type Stop = {
  /** Aborted at the first stop signal; its reason is a StoppedBySignalError. */
  readonly signal: AbortSignal;
  /** Tells of every stop signal, the first and all that follow. Returns what ends the telling. */
  onSignal(listener: (signal: StopSignal) => void): () => void;
};

/** Installs the handlers. As PID 1 a process without handlers does not get these signals at all. */
export function listenForStop(): Stop {
  const controller = new AbortController();
  const listeners = new Set<(signal: StopSignal) => void>();
  for (const name of stopSignals) {
    process.on(name, () => {
      controller.abort(stoppedBy(name));
      for (const listener of listeners) listener(name);
    });
  }
  return {
    signal: controller.signal,
    onSignal(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function stoppedBy(signal: StopSignal): StoppedBySignalError {
  return new StoppedBySignalError(`stopped by ${signal}`, {
    hint: 'nothing was handed over; start the container again to go on',
    signalNumber: constants.signals[signal],
  });
}

/** The bound on all the waiting of a start together. */
export type WaitingLimit = {
  /** Aborted when the start is stopped, or when the time for waiting is used up. */
  readonly signal: AbortSignal;
  /** Runs what is not waiting, such as a migration: its time is not counted. */
  uncounted<T>(action: () => Promise<T>): Promise<T>;
};

/** Milliseconds; 0 means no limit. */
export function limitWaiting(stop: AbortSignal, milliseconds: number): WaitingLimit {
  if (milliseconds === 0) return { signal: stop, uncounted: (action) => action() };
  const late = new AbortController();
  let left = milliseconds;
  let since = performance.now();
  let timer = count();

  function count(): NodeJS.Timeout {
    since = performance.now();
    return setTimeout(() => late.abort(timeIsUp(milliseconds)), left).unref();
  }

  return {
    signal: AbortSignal.any([stop, late.signal]),
    async uncounted(action) {
      clearTimeout(timer);
      left = Math.max(0, left - (performance.now() - since));
      try {
        return await action();
      } finally {
        timer = count();
      }
    },
  };
}

function timeIsUp(milliseconds: number): UnavailableError {
  return new UnavailableError(`the start was still waiting after ${printDuration(milliseconds)}`, {
    subject: 'KONG_ENTRYPOINT_TIMEOUT',
    hint: 'the lines above name what it waited for; set a longer KONG_ENTRYPOINT_TIMEOUT if that wait is normal here',
  });
}
