import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { watchOverDaemon } from './docker-watchdog.ts';
import { installDocker } from './install-docker.ts';

export type DockerDaemon = {
  /** What leads a client to it. */
  readonly environment: NodeJS.ProcessEnv;
  /** Ends it, and removes its folder. */
  stop(): Promise<void>;
};

const START_TIMEOUT = 60_000;
const STOP_TIMEOUT = 30_000;

/** A `dockerd` that leaves the network of this machine alone: no bridge, no rule of a firewall. */
export async function startDockerDaemon(folder: string): Promise<DockerDaemon> {
  installDocker();
  const socket = `unix://${join(folder, 'docker.sock')}`;
  const environment = {
    ...process.env,
    PATH: `/usr/bin:/usr/sbin:${process.env['PATH']}`,
    DOCKER_HOST: socket,
    DOCKER_CONFIG: join(folder, 'config'),
    DOCKER_BUILDKIT: '1',
  };
  mkdirSync(environment.DOCKER_CONFIG);
  const [data, exec, log] = ['data', 'exec', 'dockerd.log'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const words = ['--host', socket, '--data-root', data, '--exec-root', exec, '--pidfile', join(folder, 'docker.pid')];
  const alone = ['--bridge=none', '--iptables=false', '--ip-forward=false', '--ip-masq=false'];
  const daemon = spawnLogged([...words, '--storage-driver=overlay2', ...alone], environment, log);
  const watchdog = watchOverDaemon(folder);
  const stop = async (): Promise<void> => {
    await end(daemon);
    unmountBelow(folder);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    watchdog.dismiss();
  };
  try {
    await untilAnswers(daemon, environment, log);
  } catch (error) {
    await stop();
    throw error;
  }
  return { environment, stop };
}

function spawnLogged(words: readonly string[], env: NodeJS.ProcessEnv, log: string): ChildProcess {
  const descriptor = openSync(log, 'a');
  const daemon = spawn('dockerd', words, { env, stdio: ['ignore', descriptor, descriptor], detached: true });
  closeSync(descriptor);
  daemon.on('error', () => undefined);
  daemon.unref();
  return daemon;
}

export function answers(env: NodeJS.ProcessEnv): boolean {
  return spawnSync('docker', ['version'], { env, stdio: 'ignore', timeout: 20_000 }).status === 0;
}

function hasEnded({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid === undefined || exitCode !== null || signalCode !== null;
}

async function untilAnswers(daemon: ChildProcess, environment: NodeJS.ProcessEnv, log: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT;
  while (!answers(environment)) {
    if (hasEnded(daemon) || Date.now() > deadline) {
      const words = readFileSync(log, 'utf8').split('\n').slice(-8).join('\n');
      throw new Error(`the Docker engine does not answer:\n${words}`);
    }
    await sleep(200);
  }
}

async function end(daemon: ChildProcess): Promise<void> {
  if (hasEnded(daemon)) return;
  daemon.ref();
  const ended = once(daemon, 'exit');
  daemon.kill('SIGTERM');
  await Promise.race([ended, sleep(STOP_TIMEOUT, undefined, { ref: false })]);
  if (!hasEnded(daemon)) daemon.kill('SIGKILL');
}

/** A daemon leaves some of its mounts behind. The deepest go first. */
function unmountBelow(folder: string): void {
  const points = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((point) => point.startsWith(`${folder}/`));
  for (const point of points.toReversed()) spawnSync('umount', ['--lazy', point], { stdio: 'ignore' });
}
