import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { capitalised, problemsOf } from './cloudformation-schema.ts';
import { fargateProblems } from './fargate.ts';
import { assertLinterIsContent } from './linters.ts';
import { assertIsSmallest, type Policy, smallestPolicy } from './smallest-policy.ts';
import {
  ECS_EXAMPLES,
  environmentOf,
  policyFileOf,
  readEcsExample,
  readTaskDefinition,
  TASK_DEFINITIONS,
  type TaskDefinition,
} from './task-definition.ts';

const TYPE = 'AWS::ECS::TaskDefinition';

function changed(change: Partial<TaskDefinition>): TaskDefinition {
  return { ...readTaskDefinition('migrations-container.json'), ...change };
}

for (const file of TASK_DEFINITIONS) {
  describe(file, () => {
    const definition = readTaskDefinition(file);

    test('is made of what ECS knows', () => {
      const properties = capitalised(TYPE, definition);
      assert.deepEqual(problemsOf(TYPE, properties), []);
      const folder = mkdtempSync(join(tmpdir(), 'task-definition-'));
      const template = join(folder, 'template.json');
      writeFileSync(template, JSON.stringify({ Resources: { Task: { Type: TYPE, Properties: properties } } }));
      assertLinterIsContent('cfn-lint', '--non-zero-exit-code', 'error', template);
      rmSync(folder, { recursive: true });
    });

    test('is one that Fargate takes', () => assert.deepEqual(fargateProblems(definition), []));

    test('has a role with the smallest policy, which is that of each of its containers', async () => {
      const policy = readEcsExample(policyFileOf(definition.taskRoleArn)) as Policy;
      for (const container of definition.containerDefinitions) {
        assertIsSmallest(policy, await smallestPolicy(environmentOf(container, '{}'), container.command ?? []));
      }
    });

    test('gives up waiting before its check of health does', () => {
      for (const container of definition.containerDefinitions) {
        if (container.healthCheck === undefined) continue;
        const { interval = 30, retries = 3, startPeriod = 0 } = container.healthCheck;
        const limit = environmentOf(container, '')['KONG_ENTRYPOINT_TIMEOUT'] ?? '15m';
        assert.ok(Number(limit.replace('m', '')) * 60 < startPeriod + interval * retries, limit);
        assert.ok(interval * retries <= 30, 'it notices within half a minute');
      }
    });
  });
}

test('only the execution role may read the licence, and ECS may take on any of the roles', () => {
  const { Statement } = readEcsExample('policies/kong-execution.json') as Policy;
  const licences = TASK_DEFINITIONS.flatMap((file) => readTaskDefinition(file).containerDefinitions).flatMap(
    ({ secrets = [] }) => secrets.map(({ valueFrom }) => valueFrom),
  );
  assert.deepEqual([...new Set(licences)], [Statement[0]?.Resource].flat());
  assert.equal(Statement.length, 1);
  const trust = JSON.stringify(readEcsExample('policies/trust-ecs-tasks.json'));
  assert.match(trust, /"Principal":\{"Service":"ecs-tasks\.amazonaws\.com"\},"Action":"sts:AssumeRole"/);
});

test('the service is made of what ECS knows, and names a family that there is', () => {
  const { cluster, taskDefinition, ...rest } = readEcsExample('service.json') as Record<string, unknown>;
  const properties = capitalised('AWS::ECS::Service', { ...rest, cluster, taskDefinition });
  assert.deepEqual(problemsOf('AWS::ECS::Service', properties), []);
  assert.ok(TASK_DEFINITIONS.some((file) => readTaskDefinition(file).family === taskDefinition));
});

test('every file of the examples is looked at', () => {
  const files = readdirSync(ECS_EXAMPLES, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const policies = TASK_DEFINITIONS.map(
    (file) => policyFileOf(readTaskDefinition(file).taskRoleArn).split('/')[1] ?? '',
  );
  const others = [
    'kong-execution.json',
    'trust-ecs-tasks.json',
    'service.json',
    'blue-green.json',
    'migrations-up.mjs',
    'finish-rule.yaml',
    'stack.yaml',
    'run-migrations.sh',
    'Dockerfile',
    'README.md',
  ];
  const known = new Set([...TASK_DEFINITIONS, ...policies, ...others]);
  assert.deepEqual(new Set(files.map(({ name }) => name)), known);
  const readme = readFileSync(join(ECS_EXAMPLES, 'README.md'), 'utf8');
  for (const name of known)
    assert.ok(name === 'README.md' || readme.includes(name.replace(/^kong-.*/, 'policies/')), name);
});

describe('what is not a task definition for Fargate is told', () => {
  test('by its name where ECS has none such', () => {
    const properties = capitalised(TYPE, { ...changed({}), netwrokMode: 'awsvpc', cpu: 512 });
    assert.deepEqual(problemsOf(TYPE, properties), [
      `${TYPE}.Cpu is not a string`,
      `${TYPE}: NetwrokMode is not known`,
    ]);
  });

  test('where memory does not go with CPU units', () => {
    for (const [cpu, memory] of [
      ['256', '1536'],
      ['512', '512'],
      ['1024', '2500'],
      ['300', '512'],
    ] as const) {
      assert.deepEqual(fargateProblems(changed({ cpu, memory })), [`${memory} MiB do not go with ${cpu} CPU units`]);
    }
  });

  test('where a container waits for the end of an essential one', () => {
    const containers = changed({}).containerDefinitions.map((container) => ({ ...container, essential: true }));
    const [problem] = fargateProblems(changed({ containerDefinitions: containers }));
    assert.match(problem ?? '', /^kong: what it waits for must be there/);
  });

  test('where a container may write to its root, waits too long to stop, or mounts a volume that is not there', () => {
    const [first, second] = changed({}).containerDefinitions;
    assert.ok(first !== undefined && second !== undefined);
    const containers = [
      { ...first, stopTimeout: 300 },
      { ...second, readonlyRootFilesystem: false },
    ];
    const volumes = changed({}).volumes.slice(1);
    assert.deepEqual(fargateProblems(changed({ containerDefinitions: containers, volumes })), [
      'migrations: stopTimeout is from 2 to 120',
      'migrations: a volume that is mounted must be declared',
      'kong: its root must be read-only',
    ]);
  });
});
