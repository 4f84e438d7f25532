import { setTimeout as sleep } from 'node:timers/promises';
import { UnavailableError } from '../../errors.ts';
import { type Held, type LockOptions, tryLock } from './advisory-lock.ts';

/** How long a lost lock may be sought before the child is stopped. */
export const REGAIN_LIMIT = 10_000;
const REGAIN_PAUSE = 250;

/**
 * Connects again and tries, for ten seconds whatever the connection does meanwhile. Undefined when another starter has the lock, or the
 * database did not come back.
 */
export async function takeAgain(options: LockOptions): Promise<Held | undefined> {
  const over = AbortSignal.any([options.stop, AbortSignal.timeout(REGAIN_LIMIT)]);
  const { promise: never, resolve } = Promise.withResolvers<undefined>();
  over.addEventListener('abort', () => resolve(undefined), { once: true });
  return Promise.race([seek(options, over), never]);
}

async function seek({ open, key, log }: LockOptions, over: AbortSignal): Promise<Held | undefined> {
  const link = open({ limit: REGAIN_LIMIT, signal: over });
  try {
    while (!over.aborted) {
      const held = await link.run((client) => tryLock(client, key));
      if (held !== undefined && !over.aborted) {
        link.release();
        return held;
      }
      await sleep(REGAIN_PAUSE);
    }
  } catch (error) {
    log.debug(`could not take the lock again: ${error instanceof Error ? error.message : 'unknown'}`);
  } finally {
    await link.close();
  }
  return undefined;
}

export function lockLost(): UnavailableError {
  return new UnavailableError(
    'the lock on the schema was lost while migrations ran, and could not be taken again within 10 s',
    {
      hint: 'start again; another container may hold the lock now, and the next start repairs an interrupted bootstrap',
    },
  );
}

export function serverGone(): UnavailableError {
  return new UnavailableError(
    'kong migrations lost its connection: PostgreSQL was restarted, or another server took its place',
    {
      hint: 'start again: the next start continues from the state of the schema, and repairs an interrupted bootstrap',
    },
  );
}
