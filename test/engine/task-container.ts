import type { ContainerDefinition, HealthCheck } from '../integration/examples/task-definition.ts';
import type { Engine } from './engine.ts';

/** What a task has that its definition does not tell. */
export type TaskWorld = {
  /** The network that all containers of a task are in together. */
  readonly network: string;
  /** Names that lead to the neighbour in it. */
  readonly hosts: Readonly<Record<string, string>>;
  /** The image in place of the definition's. */
  readonly image: string;
  /** What ECS adds to the environment, and what leads to the emulators. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the agent fetches for `secrets`. */
  readonly secret: string;
  /** Seconds between checks of health, in place of the definition's half minute. */
  readonly healthInterval: number;
};

export type ContainerState = {
  readonly status: 'created' | 'running' | 'exited' | 'other';
  readonly exitCode: number;
  readonly health: string;
};

/** Makes the container and does not start it yet. All of a task share one network, and so one loopback, as `awsvpc` has it. */
export async function createTaskContainer(
  engine: Engine,
  container: ContainerDefinition,
  pause: string,
  world: TaskWorld,
): Promise<string> {
  const variables = { ...world.environment, ...ownVariables(container, world.secret) };
  const dropped = container.linuxParameters?.capabilities.drop ?? [];
  const [program, ...words] = container.entryPoint ?? [];
  const flags = [
    `--network=container:${pause}`,
    ...(container.readonlyRootFilesystem ? ['--read-only'] : []),
    ...(container.linuxParameters?.initProcessEnabled ? ['--init'] : []),
    ...dropped.map((capability) => `--cap-drop=${capability}`),
    ...Object.entries(variables).map(([name, value]) => `--env=${name}=${value}`),
    ...(await mounts(engine, container, world.image, pause)),
    ...health(container.healthCheck, world.healthInterval),
    ...(program === undefined ? [] : [`--entrypoint=${program}`]),
  ];
  return engine.docker('create', ...flags, world.image, ...words, ...(container.command ?? []));
}

function ownVariables({ environment, secrets = [] }: ContainerDefinition, secret: string): Record<string, string> {
  const pairs = [...environment.map(({ name, value }) => [name, value]), ...secrets.map(({ name }) => [name, secret])];
  return Object.fromEntries(pairs);
}

/** As on Fargate: root's and closed to others, unless the image declares a volume of this very path; then as the folder in the image is. */
async function mounts(engine: Engine, container: ContainerDefinition, image: string, task: string): Promise<string[]> {
  const declared = JSON.parse(await engine.docker('image', 'inspect', '--format={{json .Config.Volumes}}', image));
  return container.mountPoints.map(({ sourceVolume, containerPath }) => {
    const isDeclared = Object.hasOwn(declared ?? {}, containerPath);
    const source = `source=${sourceVolume}-${task.slice(0, 12)}`;
    return `--mount=type=volume,${source},target=${containerPath}${isDeclared ? '' : ',volume-nocopy'}`;
  });
}

/** ECS knows no health check of an image. The client of Docker takes a line for the shell only. */
function health(check: HealthCheck | undefined, interval: number): string[] {
  if (check === undefined) return ['--no-healthcheck'];
  const [form, ...words] = check.command;
  return [
    `--health-cmd=${form === 'CMD' ? words.map((word) => `'${word}'`).join(' ') : words.join(' ')}`,
    `--health-interval=${interval}s`,
    `--health-timeout=${check.timeout ?? 5}s`,
    `--health-retries=${check.retries ?? 3}`,
    `--health-start-period=${check.startPeriod ?? 0}s`,
  ];
}

export async function stateOf(engine: Engine, id: string): Promise<ContainerState> {
  const { Status, ExitCode, Health } = JSON.parse(await engine.docker('inspect', '--format={{json .State}}', id));
  const status = ['created', 'running', 'exited'].includes(Status) ? Status : 'other';
  return { status, exitCode: ExitCode, health: Health?.Status ?? 'none' };
}
