import { readdirSync, readFileSync } from 'node:fs';
import { codeOf } from '../errors.ts';

/** A process that is found may have started another meanwhile, so it is looked again until nothing is found; but not for ever. */
const MOST_LOOKS = 10;

/**
 * Kills every process whose environment holds this entry, `NAME=value`: what a child started, whatever session or group it made for itself,
 * for Node cannot be the one that the system gives orphans to. Not found is what began with another environment, as by `env -i`, and what
 * belongs to another user.
 */
export function killMarked(entry: string): void {
  for (let look = 0; look < MOST_LOOKS; look++) {
    const found = findMarked(entry);
    if (found.length === 0) return;
    for (const pid of found) kill(pid);
  }
}

function findMarked(entry: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => readEnvironment(pid).split('\0').includes(entry)).map(Number);
}

/** Empty for what is gone already, is a zombie, or is not ours to look at. */
function readEnvironment(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (codeOf(error) !== 'ESRCH' && codeOf(error) !== 'EPERM') throw error;
  }
}
