import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ECS_EXAMPLES = fileURLToPath(new URL('../../../examples/ecs/', import.meta.url));

/** What ECS registers, as far as the examples use it. */
export type TaskDefinition = {
  readonly family: string;
  readonly networkMode: string;
  readonly requiresCompatibilities: readonly string[];
  readonly cpu: string;
  readonly memory: string;
  readonly runtimePlatform?: { readonly cpuArchitecture: string; readonly operatingSystemFamily: string };
  readonly taskRoleArn: string;
  readonly executionRoleArn: string;
  readonly containerDefinitions: readonly ContainerDefinition[];
  readonly volumes: readonly { readonly name: string }[];
};

export type ContainerDefinition = {
  readonly name: string;
  readonly image: string;
  readonly essential: boolean;
  readonly entryPoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  readonly secrets?: readonly { readonly name: string; readonly valueFrom: string }[];
  readonly readonlyRootFilesystem: boolean;
  readonly linuxParameters?: {
    readonly capabilities: { readonly drop: readonly string[] };
    readonly initProcessEnabled?: boolean;
  };
  readonly mountPoints: readonly { readonly sourceVolume: string; readonly containerPath: string }[];
  readonly dependsOn?: readonly Dependency[];
  readonly healthCheck?: HealthCheck;
  /** Seconds. */
  readonly startTimeout?: number;
  readonly stopTimeout?: number;
  readonly logConfiguration?: { readonly logDriver: string; readonly options: Readonly<Record<string, string>> };
};

export type Dependency = {
  readonly containerName: string;
  readonly condition: 'START' | 'COMPLETE' | 'SUCCESS' | 'HEALTHY';
};

/** Times in seconds. */
export type HealthCheck = {
  readonly command: readonly string[];
  readonly interval?: number;
  readonly timeout?: number;
  readonly retries?: number;
  readonly startPeriod?: number;
};

/** The task definitions among the examples. */
export const TASK_DEFINITIONS = [
  'one-container.json',
  'migrations-container.json',
  'migrations-task.json',
  'service-task.json',
  'two-roles-migrations-task.json',
  'rds-managed-secret.json',
  'iam-authentication.json',
] as const;

export type TaskDefinitionFile = (typeof TASK_DEFINITIONS)[number];

export function readTaskDefinition(file: TaskDefinitionFile): TaskDefinition {
  return readEcsExample(file) as TaskDefinition;
}

export function readEcsExample(file: string): unknown {
  return JSON.parse(readFileSync(join(ECS_EXAMPLES, file), 'utf8'));
}

/** What the container is started with: its variables, and in place of each secret of the agent's this text. */
export function environmentOf(
  { environment, secrets = [] }: ContainerDefinition,
  secret: string,
): Record<string, string> {
  const variables = environment.map(({ name, value }) => [name, value] as const);
  return Object.fromEntries([...variables, ...secrets.map(({ name }) => [name, secret] as const)]);
}

/** The policy that the role of this name has, by the file that is named after it. */
export function policyFileOf(roleArn: string): string {
  return `policies/${roleArn.split('/').at(-1)}.json`;
}
