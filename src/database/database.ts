import type { Client } from 'pg';
import { readFault } from './faults.ts';

/** Rows of a statement; `R` says what the statement selects. */
export type Query = <R extends object>(text: string, values?: readonly unknown[]) => Promise<readonly R[]>;

/** A connection for short statements that opens itself again when it was lost. */
export type Database = {
  readonly query: Query;
  close(): Promise<void>;
};

/**
 * Connects; `connection` is how errors name it. A statement that fails because the connection is gone is run once more on a new one, so every statement given here must be
 * one that may run twice.
 */
export async function openDatabase(connect: () => Promise<Client>, connection: string): Promise<Database> {
  let client = await connect();

  async function run<R extends object>(text: string, values: readonly unknown[] = []): Promise<readonly R[]> {
    const { rows } = await client.query<R>(text, [...values]);
    return rows;
  }

  return {
    async query(text, values) {
      try {
        return await run(text, values);
      } catch (error) {
        const fault = readFault(error, connection);
        if (fault.kind !== 'passing') throw fault.error;
        client = await connect();
        return run(text, values);
      }
    },
    close: () => client.end(),
  };
}
