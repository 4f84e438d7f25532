import { nowAndThen, pause, printDuration } from '../../process/wait.ts';
import { findHolder, type LockOptions, tryLock } from './advisory-lock.ts';
import { type Backend, nameBackend } from './backend.ts';
import { hold, type Lock } from './hold-lock.ts';

/** After so long a holder is likely to be a node that vanished, and the line says how to end it. */
const LONG_WAIT = 5 * 60_000;

/**
 * Waits for the lock and returns it. The lock belongs to a transaction that a waiter rolls back after each try, so a waiter holds no server
 * connection of a pooler in transaction mode. The transaction touches no table: a table lock would block our own child's DDL.
 */
export async function takeLock(options: LockOptions): Promise<Lock> {
  const { key, subject, signal, log } = options;
  const started = performance.now();
  const isLineDue = nowAndThen();
  const link = options.open();
  try {
    for (;;) {
      const held = await link.run((client) => tryLock(client, key));
      if (held !== undefined) {
        link.release();
        return hold(held, options);
      }
      if (isLineDue()) {
        const holder = await link.run((client) => findHolder(client, key));
        log.info(`waiting for the lock on ${subject}, held by ${describe(holder, performance.now() - started)}`);
      }
      await pause(500 + Math.random() * 1500, signal);
    }
  } finally {
    await link.close();
  }
}

function describe(holder: Backend | undefined, waited: number): string {
  const name = holder === undefined ? 'another starter' : nameBackend(holder);
  return `${name}; ${printDuration(waited)} so far${holder !== undefined && waited >= LONG_WAIT ? advise(holder) : ''}`;
}

function advise({ pid }: Backend): string {
  return `; if its node is gone, end it: SELECT pg_terminate_backend(${pid}), as its own role, a member of pg_signal_backend, or a superuser`;
}
