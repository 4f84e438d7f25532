import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender } from './contender.ts';

/** System calls until the last program of a start has ended: processes and threads that were made, and programs that were executed. */
export type Counts = { readonly made: number; readonly executed: number };

/** Counted by `strace -f -c`. Undefined where there is no strace, or where it may not trace. */
export function countProcesses({ words, environment }: Contender, folder: string): Counts | undefined {
  const table = join(folder, 'strace.txt');
  const trace = ['-f', '-c', '-o', table, '-e', 'trace=fork,vfork,clone,clone3,execve'];
  const { status } = spawnSync('strace', [...trace, '--', ...words], {
    env: { ...environment() },
    stdio: 'ignore',
  });
  if (status !== 0) return undefined;
  const rows = readFileSync(table, 'latin1')
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  // Columns: part of the time, seconds, microseconds a call, calls, errors where there are any, the name.
  const calls = (name: string): number => Number(rows.find((row) => row.at(-1) === name)?.[3] ?? 0);
  return { made: ['fork', 'vfork', 'clone', 'clone3'].map(calls).reduce((a, b) => a + b), executed: calls('execve') };
}
