import type { Client } from 'pg';

/** How long a server may take to say farewell: one behind a way that lets nothing through any more never does. */
const FAREWELL_MILLISECONDS = 1000;

/** Ends the connection, if need be without the server. */
export async function endConnection(client: Client): Promise<void> {
  const timer = setTimeout(() => client.connection.stream.destroy(), FAREWELL_MILLISECONDS);
  await client.end().finally(() => clearTimeout(timer));
}

/**
 * Runs statements on the connection, which is broken off when the signal is aborted: they fail then, and nobody waits for an answer. Throws its
 * reason if it is aborted already.
 */
export async function untilAborted<T>(client: Client, signal: AbortSignal, action: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const breakOff = (): void => void client.connection.stream.destroy();
  signal.addEventListener('abort', breakOff, { once: true });
  try {
    return await action();
  } finally {
    signal.removeEventListener('abort', breakOff);
  }
}
