import { codeOf } from '../errors.ts';
import { killMarked } from './left-behind.ts';
import type { StopSignal } from './stop.ts';

/** A child and all that it starts in its session. */
export type ProcessGroup = {
  /** Forwards the signal, and kills the group when the grace period is over. */
  stop(signal: StopSignal, grace: number): void;
  /** Kills what is left of the group, and what has left it. */
  end(): void;
};

/** `pid` is that of its leader, undefined where none was started; `mark` finds what has left the group. */
export function openProcessGroup(pid: number | undefined, mark: string | undefined): ProcessGroup {
  let killing: NodeJS.Timeout | undefined;

  function send(signal: NodeJS.Signals): void {
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch (error) {
      if (codeOf(error) !== 'ESRCH') throw error;
    }
  }

  return {
    stop(signal, grace) {
      send(signal);
      killing ??= setTimeout(() => send('SIGKILL'), grace);
    },
    end() {
      clearTimeout(killing);
      send('SIGKILL');
      if (mark !== undefined) killMarked(mark);
    },
  };
}
