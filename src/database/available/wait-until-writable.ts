import { AccessRefusedError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { pause, printDuration } from '../../process/wait.ts';
import type { Database } from './database.ts';

export type WritableOptions = {
  readonly database: Database;
  /** Milliseconds that the server may stay read-only. */
  readonly limit: number;
  readonly signal: AbortSignal;
  readonly log: Log;
};

const LOOK_EVERY = 1000;

/** Waits for the end of a server's read-only moment, which is what a failover looks like. Throws AccessRefusedError (77) if it does not end. */
export async function waitUntilWritable({ database, limit, signal, log }: WritableOptions): Promise<void> {
  const started = performance.now();
  for (let isSaid = false; await isReadOnly(database); isSaid = true) {
    const left = limit - (performance.now() - started);
    if (left <= 0) throw readOnly();
    if (!isSaid)
      log.info(`waiting for the server to be writable, as it is after a failover; ${printDuration(left)} left`);
    await pause(Math.min(LOOK_EVERY, left), signal);
  }
}

async function isReadOnly({ query }: Database): Promise<boolean> {
  const [server] = await query<{ readonly readonly: boolean }>(
    "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS readonly",
  );
  return server?.readonly === true;
}

function readOnly(): AccessRefusedError {
  return new AccessRefusedError('the server is read-only, and something has to be written', {
    settingKey: 'pg_host',
    hint: 'give the writer endpoint of the database, not a reader; KONG_ENTRYPOINT_DATABASE_TIMEOUT sets how long a failover may take',
  });
}
