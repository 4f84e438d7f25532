import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProcesses, type ProcessInformation, signalIfThere } from '../../test/world/processes.ts';

/** What runs as if in a container: one process, and what comes of it. */
export type Container = {
  readonly pid: number;
  /** All that was printed so far, on both streams. */
  output(): string;
  hasEnded(): boolean;
  processes(): ProcessInformation[];
  /** QUIT, which is the stop signal of Kong's images, and KILL where that is not heard. */
  stop(): Promise<void>;
};

export type ContainerOptions = {
  readonly words: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  readonly onOutput: (text: string) => void;
};

const GRACE = 5000;

/** Starts the words with this environment and no other, in a session of their own: Ctrl-C does not reach them. */
export function startContainer({ words, environment, onOutput }: ContainerOptions): Container {
  const [program, ...args] = words;
  const child = spawn(program, args, {
    env: { ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    cwd: '/',
  });
  const ended = endOf(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      onOutput(text);
    });
  }
  const pid = child.pid ?? 0;
  const processes = (): ProcessInformation[] => (pid === 0 ? [] : findProcesses({ root: pid }));
  const kill = (): void => {
    for (const { pid: left } of processes()) signalIfThere(left, 'SIGKILL');
  };
  process.once('exit', kill);
  return {
    pid,
    output: () => output,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null || pid === 0,
    processes,
    async stop() {
      if (pid !== 0) signalIfThere(pid, 'SIGQUIT');
      await Promise.race([ended, sleep(GRACE, undefined, { ref: false })]);
      kill();
      process.off('exit', kill);
    },
  };
}

/** A program that cannot be started has an error instead of an end. */
async function endOf(child: ChildProcess): Promise<void> {
  await once(child, 'exit').catch(() => undefined);
}
