import type { Client } from 'pg';
import type { Log } from '../log.ts';

/** How long a connection is sought, where the usual time is too long. */
export type Seeking = {
  /** Milliseconds. */
  readonly limit: number;
  readonly signal: AbortSignal;
};

export type LockOptions = {
  /** Opens a connection that runs nothing but the lock, waiting for the server. */
  readonly connect: (seeking?: Seeking) => Promise<Client>;
  /** What is locked, as a line of the log says it: `schema public`. */
  readonly subject: string;
  readonly key: bigint;
  /** How errors name the connection. */
  readonly connection: string;
  /** Aborted when the start is stopped or its time for waiting is up. */
  readonly signal: AbortSignal;
  /** Aborted when the start is stopped: a running migration has no time limit, and so has the lock none beneath it. */
  readonly stop: AbortSignal;
  readonly log: Log;
};
