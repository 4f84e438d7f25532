import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerDefinition, Dependency, TaskDefinition } from '../integration/examples/task-definition.ts';
import type { Engine } from './engine.ts';
import { type ContainerState, createTaskContainer, stateOf, type TaskWorld } from './task-container.ts';

export type StoppedContainer = { readonly exitCode: number; readonly wasStarted: boolean };

export type StoppedTask = {
  /** Why ECS would say that it stopped. */
  readonly reason: string;
  readonly containers: Readonly<Record<string, StoppedContainer>>;
};

/** A task as ECS runs one: its containers in the order of their dependencies, ended together when an essential one ends. */
export type Task = {
  /** Settles when nothing of it runs any more. */
  readonly stopped: Promise<StoppedTask>;
  id(container: string): string;
  state(container: string): Promise<ContainerState>;
  logs(container: string): Promise<string>;
  /** StopTask: the signal of the image, and KILL after `stopTimeout`; what depends on another goes first. */
  stop(): Promise<StoppedTask>;
  remove(): Promise<void>;
};

type Member = {
  readonly definition: ContainerDefinition;
  readonly id: string;
  startedAt: number | undefined;
  state: ContainerState;
};

const DEFAULT_STOP_TIMEOUT = 30;
/** Milliseconds: no task of a test takes longer, and one that does is to end and not to hang. */
const LONGEST = 90_000;

export async function runTask(engine: Engine, task: TaskDefinition, world: TaskWorld): Promise<Task> {
  const hosts = Object.entries(world.hosts).map(([name, address]) => `--add-host=${name}:${address}`);
  const asleep = ['--entrypoint=sleep', world.image, 'infinity'];
  const pause = await engine.docker('run', '--detach', `--network=${world.network}`, ...hosts, ...asleep);
  const members: Member[] = [];
  for (const definition of task.containerDefinitions) {
    const id = await createTaskContainer(engine, definition, pause, world);
    members.push({ definition, id, startedAt: undefined, state: await stateOf(engine, id) });
  }
  let asked: string | undefined;
  const stopped = watch(engine, members, () => asked);
  const find = (name: string): string => members.find(({ definition }) => definition.name === name)?.id ?? '';
  return {
    stopped,
    id: find,
    state: (name) => stateOf(engine, find(name)),
    async logs(name) {
      const { stdout, stderr } = await engine.run('logs', find(name));
      return stdout + stderr;
    },
    stop() {
      asked = 'stopped by its owner';
      return stopped;
    },
    async remove() {
      asked = 'removed';
      await engine.run('rm', '--force', '--volumes', ...members.map(({ id }) => id), pause);
      await stopped.catch(() => undefined);
      const volumes = await engine.docker('volume', 'ls', '--quiet', `--filter=name=-${pause.slice(0, 12)}`);
      if (volumes !== '') await engine.run('volume', 'rm', ...volumes.split('\n'));
    },
  };
}

async function watch(
  engine: Engine,
  members: readonly Member[],
  asked: () => string | undefined,
): Promise<StoppedTask> {
  const deadline = Date.now() + LONGEST;
  for (;;) {
    for (const member of members) member.state = await stateOf(engine, member.id);
    const late = Date.now() > deadline ? 'it took too long' : undefined;
    const reasons = [asked(), ...members.map((member) => reasonToStop(member, members)), late];
    const reason = reasons.find((text) => text !== undefined);
    if (reason !== undefined) return end(engine, members, reason);
    for (const member of members) if (isReady(member, members)) await start(engine, member);
    await sleep(100);
  }
}

async function start(engine: Engine, member: Member): Promise<void> {
  await engine.docker('start', member.id);
  member.startedAt = Date.now();
}

function isReady({ startedAt, definition }: Member, members: readonly Member[]): boolean {
  const { dependsOn = [] } = definition;
  return startedAt === undefined && dependsOn.every((dependency) => isMet(dependency, members));
}

function isMet({ containerName, condition }: Dependency, members: readonly Member[]): boolean {
  const { startedAt, state } = memberOf(containerName, members);
  const hasEnded = startedAt !== undefined && state.status === 'exited';
  if (condition === 'START') return startedAt !== undefined;
  if (condition === 'HEALTHY') return state.health === 'healthy';
  return hasEnded && (condition === 'COMPLETE' || state.exitCode === 0);
}

/** It can never be met any more, or its time is over. */
function isLost(dependency: Dependency, members: readonly Member[]): boolean {
  const { definition, startedAt, state } = memberOf(dependency.containerName, members);
  if (startedAt === undefined || isMet(dependency, members)) return false;
  const isLate = definition.startTimeout !== undefined && Date.now() > startedAt + definition.startTimeout * 1000;
  return isLate || state.status === 'exited' || state.health === 'unhealthy';
}

function reasonToStop(member: Member, members: readonly Member[]): string | undefined {
  const { definition, startedAt, state } = member;
  const { dependsOn = [], essential, name } = definition;
  if (startedAt === undefined) {
    const lost = dependsOn.find((dependency) => isLost(dependency, members));
    return lost && `${name} cannot be started: ${lost.containerName} did not come to ${lost.condition}`;
  }
  if (essential && state.status === 'exited') return `the essential container ${name} exited`;
  if (essential && state.health === 'unhealthy') return `the essential container ${name} is unhealthy`;
  return undefined;
}

function memberOf(name: string, members: readonly Member[]): Member {
  const member = members.find(({ definition }) => definition.name === name);
  if (member === undefined) throw new Error(`no container ${name}`);
  return member;
}

async function end(engine: Engine, members: readonly Member[], reason: string): Promise<StoppedTask> {
  const containers: Record<string, StoppedContainer> = {};
  for (const { definition, id, startedAt } of inOrderOfStop(members)) {
    const { name, stopTimeout = DEFAULT_STOP_TIMEOUT } = definition;
    if (startedAt !== undefined) await engine.run('stop', `--time=${stopTimeout}`, id);
    containers[name] = { exitCode: (await stateOf(engine, id)).exitCode, wasStarted: startedAt !== undefined };
  }
  return { reason, containers };
}

/** What others depend on is stopped after them. */
function inOrderOfStop(members: readonly Member[]): Member[] {
  const left = [...members];
  const ordered: Member[] = [];
  while (left.length > 0) {
    const isNeeded = ({ definition }: Member): boolean =>
      left.some((other) => other.definition.dependsOn?.some(({ containerName }) => containerName === definition.name));
    const next = left.findIndex((member) => !isNeeded(member));
    ordered.push(...left.splice(Math.max(next, 0), 1));
  }
  return ordered;
}
