import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answers, startDockerDaemon } from './docker-daemon.ts';

export type Result = { readonly status: number; readonly stdout: string; readonly stderr: string };

/** A Docker engine that answers, and its client. */
export type Engine = {
  /** Whether it was started here, and ends with `close()`. */
  readonly isOwn: boolean;
  /** What leads a client to it. */
  readonly environment: NodeJS.ProcessEnv;
  /** For what it needs to have on disk. Removed by `close()`. */
  readonly folder: string;
  /** Runs `docker` with these words. Any exit status is a result. */
  run(...words: readonly string[]): Promise<Result>;
  /** The same, for what must succeed: its standard output without the last newline. */
  docker(...words: readonly string[]): Promise<string>;
  close(): Promise<void>;
};

/** The engine that answers already, or one of its own, all of whose state is in a temporary folder. */
export async function openEngine(): Promise<Engine> {
  const present = { ...process.env, DOCKER_BUILDKIT: '1' };
  const folder = await mkdtemp(join(tmpdir(), 'engine-'));
  const daemon = answers(present) ? undefined : await startDockerDaemon(folder).catch((error) => forget(folder, error));
  const environment = daemon?.environment ?? present;
  const run = (...words: readonly string[]): Promise<Result> => runDocker(words, environment);
  return {
    isOwn: daemon !== undefined,
    environment,
    folder,
    run,
    async docker(...words) {
      const { status, stdout, stderr } = await run(...words);
      if (status !== 0) throw new Error(`docker ${words.join(' ')}: exit status ${status}\n${stdout}${stderr}`);
      return stdout.trimEnd();
    },
    async close() {
      await daemon?.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function runDocker(words: readonly string[], env: NodeJS.ProcessEnv): Promise<Result> {
  const { promise, resolve } = Promise.withResolvers<Result>();
  const child = execFile('docker', words, { env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) =>
    resolve({ status: error === null ? 0 : (child.exitCode ?? 1), stdout, stderr: stderr || (error?.message ?? '') }),
  );
  return promise;
}

async function forget(folder: string, error: unknown): Promise<never> {
  await rm(folder, { recursive: true, force: true });
  throw error;
}
