import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SecretsManager } from '../emulators/secrets-manager.ts';
import { ECS_EXAMPLES, type TaskDefinition } from '../integration/examples/task-definition.ts';
import { type Rds, REGION, startRds, startVault } from './ecs-account.ts';
import type { Engine } from './engine.ts';
import { provideBaseImages } from './stand-in-images.ts';
import type { TaskWorld } from './task-container.ts';
import { credentialsPath, startTaskCredentials } from './task-credentials.ts';
import { createTaskNetwork } from './task-network.ts';
import { provideTestImage, TEST_IMAGE } from './test-image.ts';

/** The image under test, made ready by the Dockerfile beside the task definitions. */
const IMAGE = 'kong-entrypoint-test-fargate';
const SECRETS_MANAGER_PORT = 4566;

export type EcsWorld = {
  readonly engine: Engine;
  readonly rds: Rds;
  readonly vault: SecretsManager;
  /** What this task is run in. */
  of(task: TaskDefinition): TaskWorld;
  close(): Promise<void>;
};

/** The other side of the examples: images, a database, Secrets Manager, and what ECS has beside every task. */
export async function createEcsWorld(engine: Engine): Promise<EcsWorld> {
  const cleanUp: (() => Promise<unknown>)[] = [];
  async function close(): Promise<void> {
    for (const undo of cleanUp.toReversed()) await undo();
  }
  async function opened<Thing extends { close(): Promise<unknown> }>(opening: Promise<Thing>): Promise<Thing> {
    const thing = await opening;
    cleanUp.push(() => thing.close());
    return thing;
  }
  try {
    const rds = await opened(startRds());
    const vault = await opened(startVault());
    const credentials = await opened(startTaskCredentials());
    cleanUp.push(await provideBaseImages(engine));
    cleanUp.push(await provideTestImage(engine));
    await buildImage(engine, rds.authority);
    cleanUp.push(() => engine.run('image', 'rm', IMAGE));
    const vaultPort = Number(new URL(vault.url).port);
    const ports = { 80: credentials.port, [SECRETS_MANAGER_PORT]: vaultPort, 5432: rds.port };
    const { name: network, address } = await opened(createTaskNetwork(engine, ports));
    return {
      engine,
      rds,
      vault,
      of: (task) => ({
        network,
        hosts: Object.fromEntries(hostsOf(task).map((host) => [host, address])),
        image: IMAGE,
        environment: ecsVariables(task.taskRoleArn, address),
        secret: '{}',
        healthInterval: 1,
      }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function buildImage(engine: Engine, authority: string): Promise<void> {
  const context = join(engine.folder, 'ecs');
  mkdirSync(context);
  copyFileSync(join(ECS_EXAMPLES, 'Dockerfile'), join(context, 'Dockerfile'));
  writeFileSync(join(context, 'global-bundle.pem'), authority);
  await engine.docker('build', '--network=none', `--build-arg=IMAGE=${TEST_IMAGE}`, '--tag', IMAGE, context);
}

function hostsOf({ containerDefinitions }: TaskDefinition): string[] {
  const variables = containerDefinitions.flatMap(({ environment }) => environment);
  return variables.filter(({ name }) => name === 'KONG_PG_HOST').map(({ value }) => value);
}

/** What ECS sets in every container, and the address of the emulator. */
function ecsVariables(role: string, address: string): Record<string, string> {
  return {
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: credentialsPath(role),
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_EXECUTION_ENV: 'AWS_ECS_FARGATE',
    ECS_CONTAINER_METADATA_URI_V4: `http://${address}/v4/1`,
    KONG_VAULT_AWS_ENDPOINT_URL: `http://${address}:${SECRETS_MANAGER_PORT}`,
  };
}
