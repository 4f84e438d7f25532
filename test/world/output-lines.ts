import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

export type OutputLines = {
  stdout(): string;
  stderr(): string;
  waitForLine(pattern: RegExp | string, timeout?: number): Promise<string>;
  /** Settles when the process is gone and its output was read. */
  readonly ended: Promise<void>;
};

/** How long after its end to wait for a pipe that somebody else holds open. */
const LINGER = 500;

/** Collects what a process prints on both streams, and waits for lines of it. */
export function watchLines(child: ChildProcess): OutputLines {
  const texts = { stdout: '', stderr: '' };
  const observers = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
      for (const observer of observers) observer();
    });
  }
  const closed = once(child, 'close');
  const ended = Promise.race([closed, once(child, 'exit').then(() => sleep(LINGER))]).then(() => undefined);
  ended.catch(() => undefined);

  function find(pattern: RegExp | string): string | undefined {
    const lines = `${texts.stdout}\n${texts.stderr}`.split('\n');
    return lines.find((line) => (typeof pattern === 'string' ? line.includes(pattern) : pattern.test(line)));
  }

  async function waitForLine(pattern: RegExp | string, timeout = 20_000): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const fail = (what: string) =>
      reject(new Error(`${what} before a line like ${pattern}:\n${texts.stdout}${texts.stderr}`));
    const observer = () => {
      const line = find(pattern);
      if (line !== undefined) resolve(line);
    };
    const timer = setTimeout(() => fail(`${timeout} ms went by`), timeout);
    observers.add(observer);
    observer();
    void closed.then(() => fail('the process ended'));
    return promise.finally(() => {
      clearTimeout(timer);
      observers.delete(observer);
    });
  }

  return { stdout: () => texts.stdout, stderr: () => texts.stderr, waitForLine, ended };
}
