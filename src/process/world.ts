import type { Log } from '../log.ts';
import type { FileIdentity } from './executable.ts';
import type { Phases } from './phases.ts';
import type { Stop } from './stop.ts';

/** What a start may touch of the world outside. The edge makes it; tests make another. */
export type World = {
  readonly log: Log;
  readonly stop: Stop;
  /** Our own executable, so that it is never taken for the image's script or for Kong. */
  readonly self: FileIdentity | undefined;
  /** Where the time goes, for the line that sums a start up. */
  readonly phases: Phases;
  /** Passes the output of a child on; one character a byte. */
  readonly write: (stream: 'stdout' | 'stderr', text: string) => void;
};
