import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerDefinition, TaskDefinition } from '../integration/examples/task-definition.ts';
import { type Engine, openEngine } from './engine.ts';
import { KONG_IMAGE, provideBaseImages } from './stand-in-images.ts';
import { runTask, type StoppedTask, type Task } from './task-runner.ts';

/* What ECS does with a task, done with containers that only sleep and end. */

let engine: Engine;
const cleanUp: (() => Promise<unknown>)[] = [];

before(async () => {
  engine = await openEngine();
  cleanUp.push(() => engine.close());
  cleanUp.push(await provideBaseImages(engine));
});
after(async () => {
  for (const undo of cleanUp.toReversed()) await undo();
});

/** A container that runs this script, and is essential unless it is said otherwise. */
function container(name: string, script: string, more: Partial<ContainerDefinition> = {}): ContainerDefinition {
  const own = { entryPoint: ['bash', '-c'], command: [script], environment: [], mountPoints: [] };
  return { name, image: '', essential: true, readonlyRootFilesystem: true, ...own, ...more };
}

async function withTask(
  containerDefinitions: readonly ContainerDefinition[],
  body: (task: Task) => Promise<void>,
): Promise<void> {
  const fargate = { networkMode: 'awsvpc', requiresCompatibilities: ['FARGATE'], cpu: '256', memory: '512' };
  const definition = { family: 'test', taskRoleArn: '', executionRoleArn: '', volumes: [], ...fargate };
  const world = { network: 'none', hosts: {}, image: KONG_IMAGE, environment: {}, secret: '', healthInterval: 1 };
  const task = await runTask(engine, { ...definition, containerDefinitions } satisfies TaskDefinition, world);
  try {
    await body(task);
  } finally {
    await task.remove();
  }
}

async function outcomeOf(...containers: readonly ContainerDefinition[]): Promise<StoppedTask> {
  let outcome: StoppedTask | undefined;
  await withTask(containers, async (task) => {
    outcome = await task.stopped;
  });
  assert.ok(outcome !== undefined);
  return outcome;
}

async function untilUp(task: Task, name: string): Promise<void> {
  while (!(await task.logs(name)).includes('up')) await sleep(50);
}

test('what waits for SUCCESS is started after an exit with 0, and never after another', async () => {
  const dependsOn = [{ containerName: 'first', condition: 'SUCCESS' as const }];
  const second = container('second', 'exit 7', { dependsOn });
  const well = await outcomeOf(container('first', 'exit 0', { essential: false }), second);
  assert.deepEqual(well.containers['second'], { exitCode: 7, wasStarted: true });
  const badly = await outcomeOf(container('first', 'exit 3', { essential: false }), second);
  assert.equal(badly.reason, 'second cannot be started: first did not come to SUCCESS');
  assert.deepEqual(badly.containers['first'], { exitCode: 3, wasStarted: true });
  assert.equal(badly.containers['second']?.wasStarted, false);
});

test('what waits for COMPLETE is started after any exit', async () => {
  const dependsOn = [{ containerName: 'first', condition: 'COMPLETE' as const }];
  const { containers } = await outcomeOf(
    container('first', 'exit 3', { essential: false }),
    container('second', 'exit 7', { dependsOn }),
  );
  assert.equal(containers['second']?.exitCode, 7);
});

test('what waits for START and for HEALTHY has the other beside it', async () => {
  const healthCheck = { command: ['CMD', 'test', '-d', '/proc'], retries: 3 };
  const first = container('first', 'trap "exit 0" QUIT; while :; do sleep 0.1; done', { healthCheck });
  for (const condition of ['START', 'HEALTHY'] as const) {
    const dependsOn = [{ containerName: 'first', condition }];
    const { containers } = await outcomeOf(first, container('second', 'exit 7', { dependsOn }));
    assert.equal(containers['second']?.exitCode, 7);
    assert.equal(containers['first']?.exitCode, 0);
  }
});

test('an essential container that is not healthy ends the task', async () => {
  const healthCheck = { command: ['CMD-SHELL', 'exit 1'], retries: 1 };
  const { reason } = await outcomeOf(container('first', 'exec sleep infinity', { healthCheck, stopTimeout: 2 }));
  assert.equal(reason, 'the essential container first is unhealthy');
});

test('what waits gives up when the start timeout of the other is over', async () => {
  const dependsOn = [{ containerName: 'first', condition: 'SUCCESS' as const }];
  const first = container('first', 'exec sleep infinity', { essential: false, startTimeout: 2, stopTimeout: 2 });
  const { reason } = await outcomeOf(first, container('second', 'exit 0', { dependsOn }));
  assert.equal(reason, 'second cannot be started: first did not come to SUCCESS');
});

test('what depends on another is stopped before it', async () => {
  const script = 'trap "date +%s%N; exit 0" QUIT; echo up; while :; do sleep 0.1; done';
  const dependsOn = [{ containerName: 'first', condition: 'START' as const }];
  await withTask([container('first', script), container('second', script, { dependsOn })], async (task) => {
    await untilUp(task, 'second');
    const { containers } = await task.stop();
    assert.deepEqual([containers['first']?.exitCode, containers['second']?.exitCode], [0, 0]);
    const [first = '', second = ''] = await Promise.all(['first', 'second'].map((name) => task.logs(name)));
    assert.ok(second.slice(3) < first.slice(3), `${first} ${second}`);
  });
});

test('a container that ignores the signal is killed when its stop timeout is over', async () => {
  await withTask(
    [container('deaf', 'trap "" TERM QUIT; echo up; while :; do sleep 0.1; done', { stopTimeout: 2 })],
    async (task) => {
      await untilUp(task, 'deaf');
      const begun = performance.now();
      const { containers } = await task.stop();
      assert.equal(containers['deaf']?.exitCode, 128 + 9);
      assert.ok(performance.now() - begun > 1900);
    },
  );
});
