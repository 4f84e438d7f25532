import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { taskOf } from '../integration/examples/stack.ts';
import { readTaskDefinition, type TaskDefinition } from '../integration/examples/task-definition.ts';
import { PASSWORDS } from './ecs-account.ts';
import { createEcsWorld, type EcsWorld } from './ecs-world.ts';
import { openEngine } from './engine.ts';
import type { TaskWorld } from './task-container.ts';
import { runTask, type Task } from './task-runner.ts';
import { TEST_IMAGE } from './test-image.ts';

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

/** Runs the body beside a task, which is gone afterwards. */
async function withTask(
  definition: TaskDefinition,
  body: (task: Task) => Promise<void>,
  changes: Partial<TaskWorld> = {},
): Promise<void> {
  const task = await runTask(world.engine, definition, { ...world.of(definition), ...changes });
  try {
    await body(task);
  } finally {
    await task.remove();
  }
}

/** Fails when the task stops before it holds, or time does. */
async function until(task: Task, container: string, holds: () => Promise<boolean>): Promise<void> {
  let stopped: string | undefined;
  void task.stopped.then(({ reason }) => {
    stopped = reason;
  });
  const deadline = Date.now() + 60_000;
  while (!(await holds())) {
    const why = stopped ?? (Date.now() > deadline ? 'not in time' : undefined);
    if (why !== undefined) throw new Error(`${why}:\n${await task.logs(container)}`);
    await sleep(100);
  }
}

function untilHealthy(task: Task): Promise<void> {
  return until(task, 'kong', async () => (await task.state('kong')).health === 'healthy');
}

/** Kong answers, has what it was given and nothing else, and stops in time. */
async function assertServesAndStops(task: Task, definition: TaskDefinition): Promise<void> {
  await untilHealthy(task);
  const inside = (script: string): Promise<string> =>
    world.engine.docker('exec', task.id('kong'), 'bash', '-c', script);
  const ask = 'exec 3<>/dev/tcp/127.0.0.1/8001; printf "GET / HTTP/1.0\\r\\n\\r\\n" >&3; cat <&3';
  assert.match(await inside(ask), /"tagline":"Welcome to kong"/);
  const environment = (await inside('cat /proc/1/environ')).split('\0');
  const kong = definition.containerDefinitions.find(({ name }) => name === 'kong');
  for (const { name, value } of kong?.environment ?? []) assert.ok(environment.includes(`${name}=${value}`), name);
  assertNoPassword(environment.join('\n'));
  const { containers } = await task.stop();
  assert.equal(containers['kong']?.exitCode, 0, await task.logs('kong'));
  await assertPasswordsAreNowhere(task, definition);
}

async function assertPasswordsAreNowhere(task: Task, { containerDefinitions }: TaskDefinition): Promise<void> {
  for (const { name } of containerDefinitions) {
    assertNoPassword(`${await task.logs(name)}${await world.engine.docker('inspect', task.id(name))}`);
  }
}

function assertNoPassword(text: string): void {
  for (const password of Object.values(PASSWORDS)) assert.ok(!text.includes(password));
}

test('one-container.json migrates and serves, the references as they were given, and stops', async () => {
  const definition = readTaskDefinition('one-container.json');
  await world.rds.createDatabase('kong');
  await withTask(definition, (task) => assertServesAndStops(task, definition));
});

test('migrations-container.json starts Kong when the migrations have ended well', async () => {
  const definition = readTaskDefinition('migrations-container.json');
  await world.rds.createDatabase('kong');
  await withTask(definition, async (task) => {
    await assertServesAndStops(task, definition);
    assert.match(await task.logs('migrations'), /bootstrapping schema public/);
    assert.doesNotMatch(await task.logs('kong'), /bootstrapping schema/);
  });
});

test('rds-managed-secret.json logs in as the master user', async () => {
  const definition = readTaskDefinition('rds-managed-secret.json');
  await world.rds.createDatabase('kong_admin');
  await withTask(definition, (task) => assertServesAndStops(task, definition));
});

test('iam-authentication.json asks no vault, and logs in without a password', async () => {
  const definition = readTaskDefinition('iam-authentication.json');
  await world.rds.createDatabase('kong');
  world.rds.takeTokens();
  const before = world.vault.requests.length;
  await withTask(definition, (task) => assertServesAndStops(task, definition));
  assert.equal(world.vault.requests.length, before);
});

test('service-task.json waits for migrations-task.json, and migrates nothing itself', async () => {
  const service = readTaskDefinition('service-task.json');
  await world.rds.createDatabase('kong');
  await withTask(service, async (task) => {
    await until(task, 'kong', async () => /waiting/i.test(await task.logs('kong')));
    await assertMigrates(readTaskDefinition('migrations-task.json'));
    await assertServesAndStops(task, service);
    assert.doesNotMatch(await task.logs('kong'), /bootstrapping schema/);
  });
});

test('service-task.json runs on the tables of two-roles-migrations-task.json, and its role may not read the secret of the other', async () => {
  const service = readTaskDefinition('service-task.json');
  await world.rds.createDatabase('kong_migrator');
  await withTask(service, async (task) => {
    await until(task, 'kong', async () => /waiting/i.test(await task.logs('kong')));
    await assertMigrates(readTaskDefinition('two-roles-migrations-task.json'));
    await assertServesAndStops(task, service);
  });
});

async function assertMigrates(definition: TaskDefinition): Promise<void> {
  await withTask(definition, async (task) => {
    const { reason, containers } = await task.stopped;
    assert.equal(containers['migrations']?.exitCode, 0, await task.logs('migrations'));
    assert.equal(reason, 'the essential container migrations exited');
    await assertPasswordsAreNowhere(task, definition);
  });
}

test('the tasks of stack.yaml make role and database with the secret of RDS, and serve without it', async () => {
  await world.rds.empty();
  await assertMigrates(taskOf('MigrationsTask'));
  assert.ok(await world.rds.hasDatabase());
  const definition = taskOf('KongTask');
  await withTask(definition, (task) => assertServesAndStops(task, definition));
});

test('migrations that fail stop the task, and Kong is never started', async () => {
  const definition = readTaskDefinition('migrations-container.json');
  await world.rds.empty();
  await withTask(definition, async (task) => {
    const { reason, containers } = await task.stopped;
    assert.equal(reason, 'kong cannot be started: migrations did not come to SUCCESS');
    assert.deepEqual(containers['migrations'], { exitCode: 77, wasStarted: true }, await task.logs('migrations'));
    assert.equal(containers['kong']?.wasStarted, false);
    assert.equal(await task.logs('kong'), '');
  });
});

test('an image that declares no volumes has nowhere to write on Fargate, and says so', async () => {
  const definition = readTaskDefinition('one-container.json');
  await world.rds.createDatabase('kong');
  const changes = { image: TEST_IMAGE };
  await withTask(
    definition,
    async (task) => {
      const { containers } = await task.stopped;
      assert.equal(containers['kong']?.exitCode, 71, await task.logs('kong'));
      assert.match(await task.logs('kong'), /\/tmp/);
    },
    changes,
  );
});
