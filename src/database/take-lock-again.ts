import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { UnavailableError } from '../errors.ts';
import { tryLock } from './lock-attempt.ts';
import type { LockOptions } from './lock-options.ts';

/** How long a lost lock may be sought before the child is stopped. */
const REGAIN_LIMIT = 10_000;

/**
 * Connects anew and tries, for ten seconds whatever the connection does meanwhile. Undefined when another has the lock, or the database did
 * not come back.
 */
export async function takeAgain(options: LockOptions): Promise<Client | undefined> {
  const over = AbortSignal.any([options.stop, AbortSignal.timeout(REGAIN_LIMIT)]);
  const { promise: never, resolve } = Promise.withResolvers<undefined>();
  over.addEventListener('abort', () => resolve(undefined), { once: true });
  return Promise.race([seek(options, over), never]);
}

async function seek({ connect, key, log }: LockOptions, over: AbortSignal): Promise<Client | undefined> {
  while (!over.aborted) {
    try {
      const client = await connect({ limit: REGAIN_LIMIT, signal: over });
      if (!over.aborted && (await tryLock(client, key)) && !over.aborted) return client;
      await client.end();
    } catch (error) {
      log.debug(`the lock could not be taken again yet: ${error instanceof Error ? error.message : 'unknown'}`);
    }
    await sleep(250);
  }
  return undefined;
}

export function lockLost(): UnavailableError {
  return new UnavailableError(
    'the lock on the schema was lost while migrations ran, and could not be taken again within 10 s',
    {
      hint: 'another starter may have it by now; start again: an interrupted bootstrap is mended by the next start',
    },
  );
}
