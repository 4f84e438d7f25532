import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Where cgroup v2 shows a container its own limit: `max 100000`, or microseconds of processor time in each period of so many. */
const CPU_MAX = '/sys/fs/cgroup/cpu.max';

/** How many processors this process may use: those that it may run on, or fewer where the container has a limit. */
export function countProcessors(): number {
  return Math.min(availableParallelism(), limitOf(readLimit()));
}

/** Processors of the text of `cpu.max`; Infinity where it sets no limit, or is not what the kernel writes there. */
export function limitOf(cpuMax: string): number {
  const [quota, period] = cpuMax.trim().split(' ').map(Number);
  const processors = Number(quota) / Number(period);
  return Number.isNaN(processors) ? Number.POSITIVE_INFINITY : processors;
}

/** Absent with cgroup v1, and outside a container. */
function readLimit(): string {
  try {
    return readFileSync(CPU_MAX, 'utf8');
  } catch {
    return '';
  }
}
