import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readTaskDefinition, type TaskDefinition } from '../integration/examples/task-definition.ts';
import { createEcsWorld, type EcsWorld, MASTER_PASSWORD, PASSWORD } from './ecs-world.ts';
import { openEngine } from './engine.ts';
import type { TaskWorld } from './task-container.ts';
import { runTask, type Task } from './task-runner.ts';

let world: EcsWorld;
const cleanUp: (() => Promise<unknown>)[] = [];

before(async () => {
  const engine = await openEngine();
  cleanUp.push(() => engine.close());
  world = await createEcsWorld(engine);
  cleanUp.push(() => world.close());
});
after(async () => {
  for (const undo of cleanUp.toReversed()) await undo();
});
beforeEach(() => world.freshDatabase());

/** Runs the body beside a task, which is gone afterwards. */
async function withTask(
  task: TaskDefinition,
  body: (running: Task) => Promise<void>,
  changes: Partial<TaskWorld> = {},
): Promise<void> {
  const running = await runTask(world.engine, task, world.of(task, changes));
  try {
    await body(running);
  } finally {
    await running.remove();
  }
}

/** Waits for it, and fails when the task stops before. */
async function untilHealthy(task: Task, container: string): Promise<void> {
  let stopped: string | undefined;
  void task.stopped.then(({ reason }) => {
    stopped = reason;
  });
  const deadline = Date.now() + 60_000;
  while ((await task.state(container)).health !== 'healthy') {
    const why = stopped ?? (Date.now() > deadline ? 'not healthy in time' : undefined);
    if (why !== undefined) throw new Error(`${why}:\n${await task.logs(container)}`);
    await sleep(100);
  }
}

/** Kong answers, has what it was given and nothing else, and stops in time. */
async function assertServesAndStops(task: Task, definition: TaskDefinition): Promise<void> {
  await untilHealthy(task, 'kong');
  const { engine } = world;
  const inside = (script: string): Promise<string> => engine.docker('exec', task.id('kong'), 'bash', '-c', script);
  const ask = 'exec 3<>/dev/tcp/127.0.0.1/8001; printf "GET / HTTP/1.0\\r\\n\\r\\n" >&3; cat <&3';
  assert.match(await inside(ask), /"tagline":"Welcome to kong"/);
  const environment = (await inside('cat /proc/1/environ')).split('\0');
  const [kong] = definition.containerDefinitions.filter(({ name }) => name === 'kong');
  for (const { name, value } of kong?.environment ?? []) assert.ok(environment.includes(`${name}=${value}`), name);
  const begun = performance.now();
  const { containers } = await task.stop();
  assert.equal(containers['kong']?.exitCode, 0, await task.logs('kong'));
  assert.ok(performance.now() - begun < 30_000);
  await assertPasswordsAreNowhere(task, definition);
}

async function assertPasswordsAreNowhere(task: Task, { containerDefinitions }: TaskDefinition): Promise<void> {
  for (const { name } of containerDefinitions) {
    const places = `${await task.logs(name)}${await world.engine.docker('inspect', task.id(name))}`;
    for (const password of [PASSWORD, MASTER_PASSWORD]) assert.ok(!places.includes(password), name);
  }
}

for (const file of ['one-container.json', 'migrations-container.json', 'rds-managed-secret.json'] as const) {
  test(`${file} comes up healthy, with the references as they were given, and stops`, async () => {
    const definition = readTaskDefinition(file);
    await withTask(definition, (task) => assertServesAndStops(task, definition));
  });
}
