import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Contender } from './contender.ts';

/** Peaks in megabytes, as sampled until another program is executed. Pages of files are shared with every other start on the machine. */
export type Memory = { readonly anonymous: number; readonly resident: number; readonly samples: number };

export async function peakMemory({ words: [program, ...args], environment }: Contender): Promise<Memory> {
  const own = realpathSync(program);
  const child = spawn(program, args, { env: { ...environment() }, stdio: 'ignore' });
  const ended = once(child, 'exit');
  let peak: Memory = { anonymous: 0, resident: 0, samples: 0 };
  while (child.exitCode === null && child.signalCode === null) {
    const now = child.pid === undefined ? undefined : sample(child.pid, own);
    if (now !== undefined) peak = larger(peak, now);
    await nextTurn();
  }
  await ended;
  return peak;
}

function sample(pid: number, own: string): Memory | undefined {
  try {
    if (readlinkSync(`/proc/${pid}/exe`) !== own) return undefined;
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const megabytes = (field: string): number =>
      Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0) / 1024;
    return { anonymous: megabytes('RssAnon'), resident: megabytes('VmRSS'), samples: 1 };
  } catch {
    return undefined;
  }
}

function larger(a: Memory, b: Memory): Memory {
  return {
    anonymous: Math.max(a.anonymous, b.anonymous),
    resident: Math.max(a.resident, b.resident),
    samples: a.samples + b.samples,
  };
}
