import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender } from './contender.ts';

/** A part of a processor, made by a control group. What is started `within` it has no more. */
export type SmallMachine = {
  readonly processors: number;
  within(contender: Contender): Contender;
  close(): void;
};

const PERIOD = 100_000;

/** Version 2 of the control groups, then version 1. Undefined where neither can be written to. */
export function openSmallMachine(processors: number): SmallMachine | undefined {
  const quota = Math.round(processors * PERIOD);
  const name = `kong-entrypoint-bench-${process.pid}`;
  const versions = [
    { root: '/sys/fs/cgroup', file: 'cpu.max', text: `${quota} ${PERIOD}` },
    { root: '/sys/fs/cgroup/cpu', file: 'cpu.cfs_quota_us', text: String(quota) },
  ];
  for (const { root, file, text } of versions) {
    const folder = join(root, name);
    if (!tryTo(() => mkdirSync(folder))) continue;
    if (existsSync(join(folder, file)) && tryTo(() => writeFileSync(join(folder, file), text)))
      return open(folder, processors);
    tryTo(() => rmdirSync(folder));
  }
  return undefined;
}

function open(folder: string, processors: number): SmallMachine {
  return {
    processors,
    within: (contender) => ({
      ...contender,
      words: ['/bin/sh', '-c', `echo $$ > ${join(folder, 'cgroup.procs')} && exec "$0" "$@"`, ...contender.words],
    }),
    close: () => void tryTo(() => rmdirSync(folder)),
  };
}

function tryTo(action: () => unknown): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}
