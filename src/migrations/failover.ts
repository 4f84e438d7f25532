import type { Database } from '../database/available/database.ts';
import { waitUntilWritable } from '../database/available/wait-until-writable.ts';
import type { Lock } from '../database/lock/hold-lock.ts';
import { ChildFailedError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { KongMigrations } from './kong-migrations.ts';
import type { SchemaState } from './schema-state.ts';

/** A server that goes away as often as this during one start will not be there for Kong either. */
const MOST_FAILOVERS = 3;

type Parts = { readonly kong: KongMigrations; readonly lock: Lock; readonly database: Database; readonly log: Log };

/** Reading is safe to repeat: where the server went away meanwhile, Kong asks the one that took its place. */
export async function readBeyondFailovers({ kong, lock, database, log }: Parts): Promise<SchemaState> {
  for (let failovers = 0; ; failovers++) {
    const guard = lock.guard();
    try {
      return await served(lock, kong.readState);
    } catch (error) {
      if (!guard.aborted || lock.guard().aborted || failovers === MOST_FAILOVERS) throw error;
      log.warn(
        'PostgreSQL was restarted, or another server took its place; asking Kong for the state of the schema again',
      );
      await proveWritable(database, lock);
    }
  }
}

/** Waits for a server that can be written to, and proves that the lock is held there. */
export async function proveWritable(database: Database, lock: Lock): Promise<void> {
  await waitUntilWritable(database);
  await lock.prove(database);
}

/** Runs a command of Kong's. Where it failed because the server went away, that is what is thrown: a restart may help. */
export async function served<T>(lock: Lock, command: () => Promise<T>): Promise<T> {
  const guard = lock.guard();
  try {
    return await command();
  } catch (error) {
    if (error instanceof ChildFailedError) await lock.settle();
    guard.throwIfAborted();
    throw error;
  }
}
