import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Without privileges a user namespace is needed around the other. */
const UNSHARE = [
  findProgram('unshare'),
  '--fork',
  '--kill-child',
  '--pid',
  '--mount-proc',
  ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']),
];

let reason: string | false | undefined;

/** For `test(..., { skip: whyNoPidNamespace() })`: false when a process can be made PID 1 here, else the reason why not. */
export function whyNoPidNamespace(): string | false {
  reason ??= attempt();
  return reason;
}

/** Found here, since the environment that the program is to get may have no PATH. */
function findProgram(name: string): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? name;
}

function attempt(): string | false {
  const [program = '', ...words] = UNSHARE;
  const result = spawnSync(program, [...words, 'true'], { encoding: 'utf8' });
  if (result.error !== undefined) return `no PID namespace: ${result.error.message}`;
  return result.status === 0 ? false : `no PID namespace: ${result.stderr.trim()}`;
}

/** The command that runs these words as PID 1 of a namespace of their own, with a /proc that shows it. */
export function inPidNamespace(words: readonly string[]): string[] {
  return [...UNSHARE, '--', ...words];
}

/** The PID, as seen from here, of the process that is PID 1 in there. */
export async function findPidOne(unsharePid: number): Promise<number> {
  for (;;) {
    const children = childrenOf(unsharePid);
    if (children === undefined) throw new Error('the namespace ended before its first process was seen');
    const [first] = children.split(' ');
    if (first !== undefined && first !== '') return Number(first);
    await sleep(1);
  }
}

function childrenOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  } catch {
    return undefined;
  }
}
