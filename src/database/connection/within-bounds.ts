import type { Client } from 'pg';
import { printDuration } from '../../process/wait.ts';
import { PassingError } from '../available/faults.ts';

/** Bounds on an exchange with the server. */
export type Bounds = {
  /** Milliseconds until the last answer. */
  readonly limit: number;
  readonly signal: AbortSignal;
};

/** How long the server may take to close. Behind a dead network path it never answers. */
const FAREWELL_MILLISECONDS = 1000;

/** Ends the connection: with the server if it answers, else by closing the socket. */
export async function endConnection(client: Client): Promise<void> {
  const timer = setTimeout(() => client.connection.stream.destroy(), FAREWELL_MILLISECONDS);
  await client.end().finally(() => clearTimeout(timer));
}

/**
 * Runs statements on the connection, and closes it when the signal is aborted or the limit is reached: the statements fail then, and nobody
 * waits on. Throws the signal's reason, PassingError for the limit, or what the statements throw.
 */
export async function withinBounds<T>(
  client: Client,
  { limit, signal }: Bounds,
  statements: () => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  let isLate = false;
  const breakOff = (): void => void client.connection.stream.destroy();
  const timer = setTimeout(() => {
    isLate = true;
    breakOff();
  }, limit);
  signal.addEventListener('abort', breakOff, { once: true });
  try {
    return await statements();
  } catch (error) {
    signal.throwIfAborted();
    throw isLate ? new PassingError(`a statement was not answered within ${printDuration(limit)}`) : error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', breakOff);
  }
}
