import { constants } from 'node:os';

/** How the demonstration ends: when it is over, or when somebody stops it; either way nothing is left. */
export type End = {
  /** Aborted when somebody stops it. */
  readonly signal: AbortSignal;
  /** Adds what takes something away again. The last added is done first. */
  cleanUp(undo: () => Promise<void>): void;
  /** Runs it, cleans up whatever happened, and returns the exit status: what it returned, 128 + n, or 1 for an error. */
  afterwards(run: () => Promise<number>): Promise<number>;
};

class Stopped extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super('stopped');
    this.exitCode = exitCode;
  }
}

/** Listens for the signals, and tells of an error in a line. npm passes Ctrl-C on to us although the terminal has sent it already, so a second one is not a news. */
export function createEnd(tell: (message: string) => void): End {
  const controller = new AbortController();
  const undos: (() => Promise<void>)[] = [];
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => controller.abort(new Stopped(128 + constants.signals[signal])));
  }
  process.stdout.on('error', () => controller.abort(new Stopped(128 + constants.signals.SIGPIPE)));

  async function undoAll(): Promise<void> {
    for (const undo of undos.reverse()) await undo();
  }

  return {
    signal: controller.signal,
    cleanUp: (undo) => undos.push(undo),
    async afterwards(run) {
      try {
        return await run();
      } catch (error) {
        const { reason } = controller.signal;
        if (reason instanceof Stopped) return reason.exitCode;
        tell(error instanceof Error ? error.message : String(error));
        return 1;
      } finally {
        await undoAll();
      }
    },
  };
}
