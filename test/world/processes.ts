import { readdirSync, readFileSync } from 'node:fs';

export type ProcessInformation = {
  readonly pid: number;
  readonly ppid: number;
  readonly pgid: number;
  readonly session: number;
  readonly state: string;
  readonly commandLine: readonly string[];
};

/** What makes a process one of ours. */
export type ProcessFilter = {
  /** The process that leads the session and the group, and whose descendants count. */
  readonly root: number;
  /** Text that only the environments or command lines of our processes hold, such as a temporary folder's path. */
  readonly marker?: string | undefined;
};

/**
 * The processes that belong to the root by session, group or descent, or that carry the marker. A zombie counts while
 * its parent does: one that is left to the system's init is no longer anybody's fault here.
 */
export function findProcesses(filter: ProcessFilter): ProcessInformation[] {
  const all = listProcesses();
  const ours = new Set(all.filter((candidate) => belongs(candidate, filter)).map(({ pid }) => pid));
  for (let size = -1; size !== ours.size; ) {
    size = ours.size;
    for (const { pid, ppid } of all) if (ours.has(ppid)) ours.add(pid);
  }
  return all.filter(({ pid, ppid, state }) => ours.has(pid) && (state !== 'Z' || ours.has(ppid)));
}

function belongs({ pid, pgid, session }: ProcessInformation, { root, marker }: ProcessFilter): boolean {
  if (pid === process.pid) return false;
  if (pid === root || pgid === root || session === root) return true;
  if (marker === undefined) return false;
  return readProcessFile(pid, 'environ').includes(marker) || readProcessFile(pid, 'cmdline').includes(marker);
}

export function listProcesses(): ProcessInformation[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((name) => readProcess(Number(name)) ?? []);
}

export function readProcess(pid: number): ProcessInformation | undefined {
  const stat = readProcessFile(pid, 'stat').toString('latin1');
  if (stat === '') return undefined;
  const [state = '', ...numbers] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [ppid = 0, pgid = 0, session = 0] = numbers.map(Number);
  const commandLine = readProcessFile(pid, 'cmdline').toString().split('\0').slice(0, -1);
  return { pid, ppid, pgid, session, state, commandLine };
}

/** The bytes of the environment that a process was started with; empty when it is gone. */
export function readEnviron(pid: number): Buffer {
  return readProcessFile(pid, 'environ');
}

/** Empty when the process is gone, or is not ours to look at. */
function readProcessFile(pid: number, file: string): Buffer {
  try {
    return readFileSync(`/proc/${pid}/${file}`);
  } catch {
    return Buffer.alloc(0);
  }
}

/** Kills one process, or a group when negative, which may be gone already. */
export function signalIfThere(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
