import type { Log } from '../../log.ts';
import { pause } from '../../process/wait.ts';
import type { Database } from '../available/database.ts';
import { codeOfFault } from '../available/faults.ts';
import type { Memory } from '../memory/memory.ts';
import type { SchemaFacts } from '../memory/schema.ts';
import { findSignOfLife, type KongLock, readKongLock, removeKongLock } from './kong-lock.ts';

export type DeadRunOptions = {
  readonly database: Database;
  readonly facts: SchemaFacts;
  readonly memory: Pick<Memory, 'noteKongLock' | 'wasKongLockOurs'>;
  readonly kongVersion: string;
  readonly log: Log;
};

/** Milliseconds between two looks at the row while a step runs. */
const NOTE_EVERY = 50;
/** For so many looks in a row nothing may speak for a dead run's being alive before its row goes: three seconds. */
const CALM_LOOKS = 6;

/**
 * Runs a step, and notes meanwhile whose row Kong's `locks` holds: should this start and all its processes be killed, the next one knows the
 * row for a dead run's. What cannot be noted costs that start a minute, and this one nothing.
 */
export async function notingKongLock<T>(options: DeadRunOptions, step: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  void note(options, over.signal);
  try {
    return await step();
  } finally {
    over.abort();
  }
}

async function note({ database, facts, memory, kongVersion, log }: DeadRunOptions, over: AbortSignal): Promise<void> {
  try {
    for (let row: KongLock | undefined; row === undefined; await pause(NOTE_EVERY, over)) {
      row = await readKongLock(database, facts);
      if (row !== undefined && !over.aborted) await memory.noteKongLock(kongVersion, row.owner);
    }
  } catch (error) {
    if (!over.aborted) log.debug(`the row in Kong's table locks could not be noted (${codeOfFault(error)})`);
  }
}

/**
 * Returns what looks at a live row again and again, and says why it has to be waited for. The row of an interrupted run of our own, as it
 * was noted while that ran, is removed after three seconds in which nobody is connected who could be that run.
 */
export function judgeKongLock(options: DeadRunOptions): (row: KongLock) => Promise<string> {
  const { database, facts, memory, kongVersion, log } = options;
  let calm = 0;

  async function judge({ owner }: KongLock): Promise<string> {
    if (!(await memory.wasKongLockOurs(kongVersion, owner)))
      return 'no interrupted start of ours is known to have left it';
    const life = await findSignOfLife(database);
    calm = life === undefined ? calm + 1 : 0;
    if (life !== undefined) return `an interrupted start of ours left it, but ${life}`;
    if (calm > CALM_LOOKS) {
      await removeKongLock(database, facts, owner);
      log.warn("removed the row that an interrupted bootstrap had left in Kong's table locks");
    }
    return 'an interrupted start of ours left it; it will be removed within seconds';
  }

  return async (row) => `Kong's own lock row on the migrations expires in ${row.seconds} s: ${await judge(row)}`;
}
