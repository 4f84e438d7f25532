import type { ContainerDefinition, TaskDefinition } from './task-definition.ts';

/** Mebibytes of memory for each number of CPU units: from, to, and in steps of. */
const MEMORY: Readonly<Record<string, readonly [from: number, to: number, step: number]>> = {
  256: [1024, 2048, 1024],
  512: [1024, 4096, 1024],
  1024: [2048, 8192, 1024],
  2048: [4096, 16_384, 1024],
  4096: [8192, 30_720, 1024],
  8192: [16_384, 61_440, 4096],
  16384: [32_768, 122_880, 8192],
};

/** What Fargate refuses, or does not do, of a task definition that is well formed. */
export function fargateProblems(task: TaskDefinition): string[] {
  const { cpu, memory, networkMode, requiresCompatibilities, executionRoleArn, taskRoleArn } = task;
  const rules: Readonly<Record<string, boolean>> = {
    'Fargate must be asked for': requiresCompatibilities.includes('FARGATE'),
    'the network must be awsvpc': networkMode === 'awsvpc',
    [`${memory} MiB do not go with ${cpu} CPU units`]: isPair(cpu, Number(memory)),
    'one of the containers must be essential': task.containerDefinitions.some(({ essential }) => essential),
    'it must say what processor it is built for': /^(?:X86_64|ARM64)$/.test(
      task.runtimePlatform?.cpuArchitecture ?? '',
    ),
    'the task needs a role of its own': taskRoleArn !== executionRoleArn,
  };
  return [...broken(rules), ...task.containerDefinitions.flatMap((container) => containerProblems(container, task))];
}

function isPair(cpu: string, memory: number): boolean {
  const [from, to, step] = MEMORY[cpu] ?? [0, -1, 1];
  return memory >= from && memory <= to && ((memory - from) % step === 0 || (cpu === '256' && memory === 512));
}

function containerProblems(container: ContainerDefinition, task: TaskDefinition): string[] {
  const {
    name,
    dependsOn = [],
    healthCheck,
    mountPoints,
    stopTimeout,
    startTimeout,
    logConfiguration,
    linuxParameters,
  } = container;
  const volumes = new Set(task.volumes.map((volume) => volume.name));
  const rules: Readonly<Record<string, boolean>> = {
    'its root must be read-only': container.readonlyRootFilesystem,
    'it must have an init process, so that a stop during a start counts': linuxParameters?.initProcessEnabled === true,
    'it must say how long it may take to stop': stopTimeout !== undefined,
    'it must drop all capabilities': linuxParameters?.capabilities.drop.includes('ALL') === true,
    'stopTimeout is from 2 to 120': isWithin(stopTimeout, 2, 120),
    'startTimeout is from 2 to 120': isWithin(startTimeout, 2, 120),
    'its log goes to CloudWatch': logConfiguration?.logDriver === 'awslogs',
    'a volume that is mounted must be declared': mountPoints.every(({ sourceVolume }) => volumes.has(sourceVolume)),
    'what it waits for must be there, and able to come to that': dependsOn.every((dependency) =>
      isPossible(dependency, task.containerDefinitions),
    ),
    'the interval is from 5 to 300': isWithin(healthCheck?.interval, 5, 300),
    'the timeout is from 2 to 60': isWithin(healthCheck?.timeout, 2, 60),
    'the retries are from 1 to 10': isWithin(healthCheck?.retries, 1, 10),
    'the start period is from 0 to 300': isWithin(healthCheck?.startPeriod, 0, 300),
    'the check is CMD or CMD-SHELL': /^(?:CMD|CMD-SHELL)$/.test(healthCheck?.command[0] ?? 'CMD'),
  };
  return broken(rules).map((problem) => `${name}: ${problem}`);
}

/** A container whose end is waited for must not be essential: with its end all would end. */
function isPossible(
  { containerName, condition }: NonNullable<ContainerDefinition['dependsOn']>[number],
  containers: readonly ContainerDefinition[],
): boolean {
  const other = containers.find(({ name }) => name === containerName);
  if (other === undefined) return false;
  if (condition === 'HEALTHY') return other.healthCheck !== undefined;
  return condition === 'START' || (['COMPLETE', 'SUCCESS'].includes(condition) && !other.essential);
}

function isWithin(value: number | undefined, from: number, to: number): boolean {
  return value === undefined || (value >= from && value <= to);
}

function broken(rules: Readonly<Record<string, boolean>>): string[] {
  return Object.entries(rules).flatMap(([problem, holds]) => (holds ? [] : [problem]));
}
