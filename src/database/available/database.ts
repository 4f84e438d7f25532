import type { Client } from 'pg';
import { UnavailableError } from '../../errors.ts';
import { endConnection, untilAborted } from '../connection/end-connection.ts';
import { readFault } from './faults.ts';

/** Rows of a statement; `R` says what the statement selects. */
export type Query = <R extends object>(text: string, values?: readonly unknown[]) => Promise<readonly R[]>;

/** A connection for short statements that opens itself again when it was lost. */
export type Database = {
  readonly query: Query;
  close(): Promise<void>;
};

/** How often a statement is tried, each time on a new connection that was waited for. */
const MOST_TRIES = 5;

/**
 * Connects; `connection` is how errors name it. A statement that fails because the connection is gone is run again on a new one, so every
 * statement given here must be one that may run twice. Throws UnavailableError where that happens again and again, and the reason of the
 * signal when it is aborted, also where the server does not answer at all.
 */
export async function openDatabase(
  connect: () => Promise<Client>,
  connection: string,
  signal: AbortSignal,
): Promise<Database> {
  let client = await connect();

  async function again(error: unknown, attempt: number): Promise<void> {
    const fault = readFault(error, connection);
    if (fault.kind !== 'passing') throw fault.error;
    if (attempt === MOST_TRIES) throw lostAgain(connection, fault.reason);
    client = await connect();
  }

  return {
    async query<R extends object>(text: string, values: readonly unknown[] = []) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await untilAborted(client, signal, async () => (await client.query<R>(text, [...values])).rows);
        } catch (error) {
          signal.throwIfAborted();
          await again(error, attempt);
        }
      }
    },
    close: () => endConnection(client),
  };
}

function lostAgain(connection: string, reason: string): UnavailableError {
  return new UnavailableError(
    `${connection}: the connection was lost ${MOST_TRIES} times in one statement: ${reason}`,
    {
      settingKey: 'pg_host',
      hint: 'look at the log of the server, or of the pooler before it',
    },
  );
}
