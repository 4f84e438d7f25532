import type { Client } from 'pg';
import { nowAndThen, pause, printDuration } from '../../process/wait.ts';
import { readFault } from '../available/faults.ts';
import { endConnection, untilAborted } from '../connection/end-connection.ts';
import { type LockOptions, nameHolder, tryLock } from './advisory-lock.ts';
import { hold, type Lock } from './hold-lock.ts';

/**
 * Waits for the lock and returns it. The lock belongs to a transaction that a waiter rolls back after each try, so a waiter holds no server
 * connection of a pooler in transaction mode. The transaction touches no table: a table lock would block our own child's DDL.
 */
export async function takeLock(options: LockOptions): Promise<Lock> {
  const { key, subject } = options;
  const started = performance.now();
  const isLineDue = nowAndThen();
  for (;;) {
    const attempt = await tryOn(await options.connect(), options, async (client) => {
      if (isLineDue()) {
        const waited = printDuration(performance.now() - started);
        const holder = await nameHolder(client, key);
        options.log.info(`waiting for the lock on ${subject}, held by ${holder}; ${waited} so far`);
      }
      await pause(500 + Math.random() * 1500, options.signal);
    });
    if (attempt !== undefined) return hold(attempt, options);
  }
}

/** Tries until this connection has the lock. Undefined when the connection was lost, as by a restart of the server. */
async function tryOn(
  client: Client,
  { connection, key, signal }: LockOptions,
  betweenTries: (client: Client) => Promise<void>,
): Promise<Client | undefined> {
  try {
    while (!(await untilAborted(client, signal, () => tryLock(client, key)))) await betweenTries(client);
    return client;
  } catch (error) {
    await endConnection(client);
    signal.throwIfAborted();
    const fault = readFault(error, connection);
    if (fault.kind !== 'passing') throw fault.error;
    return undefined;
  }
}
