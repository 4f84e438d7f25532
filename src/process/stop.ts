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

/** A signal that aborts when the start is stopped, or when all the waiting together has taken this many milliseconds. */
export function withTimeLimit(stop: AbortSignal, milliseconds: number): AbortSignal {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(timeIsUp(milliseconds)), milliseconds);
  timer.unref();
  return AbortSignal.any([stop, late.signal]);
}

function timeIsUp(milliseconds: number): UnavailableError {
  return new UnavailableError(`the start was not done waiting within ${printDuration(milliseconds)}`, {
    subject: 'KONG_ENTRYPOINT_TIMEOUT',
    hint: 'the lines above say what was waited for; set a longer time if that is usual here',
  });
}
