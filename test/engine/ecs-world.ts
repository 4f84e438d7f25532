import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createIam, type PolicyDocument } from '../emulators/iam.ts';
import { type SecretsManager, startSecretsManager } from '../emulators/secrets-manager.ts';
import { selfSigned } from '../emulators/self-signed.ts';
import {
  ECS_EXAMPLES,
  policyFileOf,
  readEcsExample,
  readTaskDefinition,
  TASK_DEFINITIONS,
  type TaskDefinition,
} from '../integration/examples/task-definition.ts';
import { type Postgresql, startPostgresql } from '../world/postgresql.ts';
import type { Engine } from './engine.ts';
import { provideBaseImages } from './stand-in-images.ts';
import type { TaskWorld } from './task-container.ts';
import { credentialsPath, keyOfRole, startTaskCredentials } from './task-credentials.ts';
import { createTaskNetwork } from './task-network.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Of the Dockerfile at the root, and of the one beside the task definitions. */
const IMAGE = 'kong-entrypoint-test-ecs-base';
const FARGATE_IMAGE = 'kong-entrypoint-test-ecs';
const REGION = 'eu-central-1';
const SECRETS_MANAGER_PORT = 4566;

/** Of Kong’s own role, and of the master user of RDS. */
export const PASSWORD = 'of-kong-and-found-nowhere';
export const MASTER_PASSWORD = 'of-the-master-and-found-nowhere';

export type EcsWorld = {
  readonly engine: Engine;
  readonly postgresql: Postgresql;
  readonly vault: SecretsManager;
  /** What this task is run in. */
  of(task: TaskDefinition, changes?: Partial<TaskWorld>): TaskWorld;
  /** The image without what Fargate needs. */
  readonly plainImage: string;
  /** An empty database of Kong's. */
  freshDatabase(): Promise<void>;
  close(): Promise<void>;
};

/** The other side of the examples: images, RDS, Secrets Manager that allows no more than the policies beside them, credentials of tasks. */
export async function createEcsWorld(engine: Engine): Promise<EcsWorld> {
  const cleanUp: (() => Promise<unknown>)[] = [await provideBaseImages(engine)];
  const close = async (): Promise<void> => {
    for (const undo of cleanUp.toReversed()) await undo();
  };
  try {
    const identity = selfSigned('rds');
    await buildImages(engine, identity.cert);
    cleanUp.push(() => engine.run('image', 'rm', IMAGE, FARGATE_IMAGE));
    const postgresql = await startRds(identity);
    cleanUp.push(() => postgresql.close());
    const vault = await startVault();
    cleanUp.push(() => vault.close());
    const credentials = await startTaskCredentials();
    cleanUp.push(() => credentials.close());
    const ports = {
      80: credentials.port,
      [SECRETS_MANAGER_PORT]: Number(new URL(vault.url).port),
      5432: postgresql.port,
    };
    const network = await createTaskNetwork(engine, ports);
    cleanUp.push(() => network.close());
    return {
      engine,
      postgresql,
      vault,
      plainImage: IMAGE,
      of: (task, changes) => ({
        network: network.name,
        hosts: Object.fromEntries(hostsOf(task).map((host) => [host, network.address])),
        image: FARGATE_IMAGE,
        environment: ecsVariables(task.taskRoleArn, network.address),
        secret: '{}',
        healthInterval: 1,
        ...changes,
      }),
      async freshDatabase() {
        await postgresql.query('DROP DATABASE IF EXISTS kong WITH (FORCE)');
        await postgresql.createDatabase('kong', 'kong');
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function buildImages(engine: Engine, authority: string): Promise<void> {
  const context = join(engine.folder, 'ecs');
  mkdirSync(context);
  copyFileSync(join(ECS_EXAMPLES, 'Dockerfile'), join(context, 'Dockerfile'));
  writeFileSync(join(context, 'global-bundle.pem'), authority);
  await engine.docker('build', '--network=host', '--tag', IMAGE, root);
  await engine.docker('build', '--network=none', `--build-arg=IMAGE=${IMAGE}`, '--tag', FARGATE_IMAGE, context);
}

/** As RDS has it from version 15 on, no login is taken without TLS; a login by a token is taken with any token. */
async function startRds({ cert, key }: { readonly cert: string; readonly key: string }): Promise<Postgresql> {
  const hba = ['hostssl all by_token all trust', 'hostssl all all all scram-sha-256'];
  const postgresql = await startPostgresql({ tls: { certificate: cert, key }, hba });
  await postgresql.createRole('kong', PASSWORD);
  await postgresql.createRole('by_token', PASSWORD, 'IN ROLE kong');
  await postgresql.createRole('master', MASTER_PASSWORD, 'CREATEROLE CREATEDB IN ROLE kong');
  return postgresql;
}

async function startVault(): Promise<SecretsManager> {
  const iam = createIam();
  const roles = new Set(TASK_DEFINITIONS.map((file) => readTaskDefinition(file).taskRoleArn));
  for (const role of roles) iam.attach(keyOfRole(role).id, readEcsExample(policyFileOf(role)) as PolicyDocument);
  const vault = await startSecretsManager({ region: REGION, keys: [...roles].map(keyOfRole), iam });
  vault.putSecret('kong-gateway-database', JSON.stringify({ pg_user: 'kong', pg_password: PASSWORD }));
  const [managed] = readTaskDefinition('rds-managed-secret.json').containerDefinitions;
  const name = /rds![^/]+/.exec(JSON.stringify(managed))?.[0] ?? '';
  vault.putSecret(name, JSON.stringify({ username: 'master', password: MASTER_PASSWORD }));
  return vault;
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
