import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What a process has from whoever called execve, read from outside. Equal for two processes that are equal. */
export type Inherited = Readonly<Record<string, unknown>>;

/** Lines of /proc/<pid>/status that a program gets from the one before it. */
const STATUS = /^(?:Uid|Gid|Groups|Umask|Threads|Sig(?:Pnd|Blk|Ign|Cgt)|ShdPnd|Cap\w+|NoNewPrivs|Seccomp\w*):/;
/** Fields of /proc/<pid>/stat after the name (proc_pid_stat(5)): process group, session, terminal, priority, nice. */
const STAT = { group: 2, session: 3, terminal: 4, priority: 15, nice: 16 } as const;
/** Whole files, as far as the kernel has them. */
const OTHERS = ['limits', 'oom_score_adj', 'coredump_filter', 'personality', 'timerslack_ns', 'cgroup'];

export function readInherited(pid: number): Inherited {
  const folder = `/proc/${pid}`;
  const read = (file: string): string => readFileSync(`${folder}/${file}`, 'latin1');
  return {
    status: read('status')
      .split('\n')
      .filter((line) => STATUS.test(line)),
    ...readStat(read('stat'), pid),
    ...Object.fromEntries(
      OTHERS.map((file) => [file, readIfThere(`${folder}/${file}`).split('\n').filter(isNoOpenFilesLimit)]),
    ),
    commandLine: read('cmdline').split('\0'),
    environment: read('environ').split('\0'),
    folder: readlinkSync(`${folder}/cwd`),
    root: readlinkSync(`${folder}/root`),
    descriptors: readDescriptors(folder),
    children: read(`task/${pid}/children`),
  };
}

function readIfThere(path: string): string {
  if (!existsSync(path)) return 'not there';
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // Of another process some of this is for root only.
    return 'not readable';
  }
}

/** `[soft, hard]`. The runtime raises the soft limit on open files, which is a documented caveat. */
export function readOpenFilesLimit(pid: number): string[] {
  const line = readFileSync(`/proc/${pid}/limits`, 'latin1')
    .split('\n')
    .find((candidate) => !isNoOpenFilesLimit(candidate));
  return (line ?? '').split(/\s+/).slice(3, 5);
}

function isNoOpenFilesLimit(line: string): boolean {
  return !line.startsWith('Max open files');
}

/** Numbers of processes are told apart only as far as they mean the process itself or its parent. */
function readStat(stat: string, pid: number): Inherited {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const names = new Map([
    [fields[1], 'parent'],
    [String(pid), 'itself'],
  ]);
  return Object.fromEntries(
    Object.entries(STAT).map(([name, index]) => [name, names.get(fields[index]) ?? fields[index]]),
  );
}

/** The number, the kind and the flags of every open descriptor: O_NONBLOCK and O_CLOEXEC are among the flags. */
function readDescriptors(folder: string): string[] {
  return readdirSync(`${folder}/fd`).map((number) => {
    const kind = readlinkSync(`${folder}/fd/${number}`).replace(/\d+/, '');
    const flags = /^flags:\s*(\d+)$/m.exec(readFileSync(`${folder}/fdinfo/${number}`, 'latin1'))?.[1];
    return `${number} ${kind} ${flags}`;
  });
}
