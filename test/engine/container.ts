import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from './engine.ts';

/** How a container is started, besides what all of them have: no capability, a read-only root, and the network of the host. */
export type ContainerOptions = {
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The image's own ENTRYPOINT when absent. */
  readonly entrypoint?: string;
  /** The image's own CMD when absent. */
  readonly command?: readonly string[];
  /** Whether a process of the engine's is PID 1. */
  readonly init?: boolean;
  /** The image's own USER when absent. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** As `docker run --memory` takes it. */
  readonly memory?: string;
  /** Files of this machine to be found in the container, by their paths there. */
  readonly files?: Readonly<Record<string, string>>;
};

export type Container = {
  readonly id: string;
  /** What `docker exec` prints. */
  exec(...words: readonly string[]): Promise<string>;
  /** Both streams so far. */
  logs(): Promise<string>;
  inspect(): Promise<string>;
  isRunning(): Promise<boolean>;
  /** Waits for its end by itself, and returns its exit status. */
  exitCode(): Promise<number>;
  /** `docker stop`: its exit status, and how long that took. */
  stop(graceSeconds?: number): Promise<{ readonly exitCode: number; readonly milliseconds: number }>;
  remove(): Promise<void>;
};

const HARDENED = [
  '--network=host',
  '--read-only',
  '--tmpfs=/tmp',
  '--cap-drop=ALL',
  '--security-opt=no-new-privileges',
];

/** Starts it in the background. `remove()` takes it away, running or not. */
export async function startContainer(engine: Engine, options: ContainerOptions): Promise<Container> {
  const { image, environment, command = [] } = options;
  const variables = Object.entries(environment).map(([name, value]) => `--env=${name}=${value}`);
  const flags = [...HARDENED, ...flagsOf(options), ...variables];
  const id = await engine.docker('run', '--detach', ...flags, image, ...command);
  const exitCode = async (): Promise<number> => Number(await engine.docker('wait', id));
  return {
    id,
    exec: (...words) => engine.docker('exec', id, ...words),
    async logs() {
      const { stdout, stderr } = await engine.run('logs', id);
      return stdout + stderr;
    },
    inspect: () => engine.docker('inspect', id),
    isRunning: async () => (await engine.docker('inspect', '--format={{.State.Running}}', id)) === 'true',
    exitCode,
    async stop(graceSeconds = 10) {
      const begun = performance.now();
      await engine.docker('stop', `--time=${graceSeconds}`, id);
      return { exitCode: await exitCode(), milliseconds: performance.now() - begun };
    },
    async remove() {
      await engine.run('rm', '--force', '--volumes', id);
    },
  };
}

/** Elsewhere than the image's, which has libraries in it that a tmpfs would hide. */
const PREFIX = '/run/kong';

/** Kong's prefix belongs to whoever runs it. */
function flagsOf({ entrypoint, user, memory, init, files = {} }: ContainerOptions): string[] {
  const { uid, gid } = user ?? { uid: 1000, gid: 1000 };
  return [
    ...Object.entries(files).map(([path, file]) => `--volume=${file}:${path}:ro`),
    `--env=KONG_PREFIX=${PREFIX}`,
    `--tmpfs=${PREFIX}:uid=${uid},gid=${gid},mode=0755`,
    ...(user === undefined ? [] : [`--user=${uid}:${gid}`]),
    ...(entrypoint === undefined ? [] : [`--entrypoint=${entrypoint}`]),
    ...(memory === undefined ? [] : [`--memory=${memory}`]),
    ...(init ? ['--init'] : []),
  ];
}

/** Runs the body beside a container, which is gone afterwards. */
export async function withContainer(
  engine: Engine,
  options: ContainerOptions,
  body: (container: Container) => Promise<void>,
): Promise<void> {
  const container = await startContainer(engine, options);
  try {
    await body(container);
  } finally {
    await container.remove();
  }
}

export async function adminApiAnswers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(5000) })).ok;
  } catch {
    return false;
  }
}

/** Asks until it holds. Fails with the container's log when the container ends before, or time does. */
export async function until(container: Container, holds: () => Promise<boolean>, timeout = 60_000): Promise<void> {
  const deadline = Date.now() + timeout;
  while (!(await holds())) {
    if (!(await container.isRunning())) throw new Error(`the container has ended:\n${await container.logs()}`);
    if (Date.now() > deadline) throw new Error(`not after ${timeout} ms:\n${await container.logs()}`);
    await sleep(100);
  }
}
