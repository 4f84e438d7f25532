import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type IJob, Job } from 'kubernetes-models/batch/v1';
import { parse, parseAllDocuments } from 'yaml';
import { capitalised, problemsOf } from './cloudformation-schema.ts';
import { parseTemplate } from './cloudformation-template.ts';
import { planOf } from './plan-of.ts';
import { ECS_EXAMPLES, readEcsExample, readTaskDefinition } from './task-definition.ts';
import { typeProblems } from './type-problems.ts';

const examples = fileURLToPath(new URL('../../../examples/kubernetes/', import.meta.url));
const batch = fileURLToPath(new URL('../../../node_modules/kubernetes-models/batch/v1/index.d.ts', import.meta.url));

const readKubernetes = (file: string): string => readFileSync(join(examples, file), 'utf8');

type Variable = { readonly name: string; readonly value?: string };
type Container = { readonly env: readonly Variable[]; readonly image: string; readonly args?: readonly string[] };

/** Kong's own container of kong.yaml. */
function kongContainer(): Container {
  const manifests = parseAllDocuments(readKubernetes('kong.yaml')).map((document) => document.toJS());
  return manifests.find(({ kind }) => kind === 'Deployment').spec.template.spec.containers[0];
}

for (const [file, step] of [
  ['argo-cd.yaml', 'up'],
  ['finish.yaml', 'finish'],
] as const) {
  describe(file, () => {
    const job: IJob = parse(readKubernetes(file));
    const [container] = parse(readKubernetes(file)).spec.template.spec.containers as [
      Container & { command?: unknown },
    ];

    test('is a job of the schema of Kubernetes', () => {
      new Job(job).validate();
      assert.deepEqual(typeProblems([{ file: batch, type: 'IJob', value: job }]), []);
    });

    test(`runs kong migrations ${step} through the ENTRYPOINT of the image`, async () => {
      assert.equal(container.command, undefined);
      const variables = Object.fromEntries(container.env.map(({ name, value }) => [name, value ?? '{}']));
      assert.match(await planOf(variables, container.args), new RegExp(`run kong migrations ${step}$`, 'm'));
    });

    test('has the image of the pods, and their settings for the database', () => {
      const kong = kongContainer();
      const ofDatabase = ({ name }: Variable): boolean => !/PREFIX|LISTEN|ENTRYPOINT/.test(name);
      assert.equal(container.image, kong.image);
      assert.deepEqual(container.env, kong.env.filter(ofDatabase));
    });
  });
}

test('a job that a sync makes again is deleted first, and one that is made by hand has a name of its own', () => {
  const [hook, finish]: [IJob, IJob] = [parse(readKubernetes('argo-cd.yaml')), parse(readKubernetes('finish.yaml'))];
  assert.deepEqual(hook.metadata?.annotations, {
    'argocd.argoproj.io/hook': 'PreSync',
    'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation',
  });
  assert.deepEqual([finish.metadata?.name, finish.metadata?.annotations], [undefined, undefined]);
  assert.equal(finish.metadata?.generateName, 'kong-migrations-finish-');
});

test('the service of blue-green.json is made of what ECS knows, and calls its hook before green starts', () => {
  const { service, ...rest } = readEcsExample('blue-green.json') as Record<string, unknown>;
  const properties = capitalised('AWS::ECS::Service', { ...rest, serviceName: service });
  assert.deepEqual(problemsOf('AWS::ECS::Service', properties), []);
  assert.match(JSON.stringify(properties), /"LifecycleStages":\["PRE_SCALE_UP"\]/);
});

test('the rule of finish-rule.yaml is one, and runs finish in the container that migrates', async () => {
  const { Resources } = parseTemplate(readFileSync(join(ECS_EXAMPLES, 'finish-rule.yaml'), 'utf8'));
  const properties = Resources['FinishAfterDeployment']?.Properties ?? {};
  assert.deepEqual(problemsOf('AWS::Events::Rule', properties), []);
  const [target] = properties['Targets'] as [{ readonly Input: string }];
  const [override] = JSON.parse(target.Input).containerOverrides;
  const [container] = readTaskDefinition('migrations-task.json').containerDefinitions;
  assert.equal(override.name, container?.name);
  const variables = Object.fromEntries(container?.environment?.map(({ name, value }) => [name, value]) ?? []);
  assert.match(await planOf(variables, override.command), /run kong migrations finish$/m);
});

type Answer = { readonly hookStatus: string; readonly hookDetails?: object; readonly callBackDelay?: number };
type Task = { readonly lastStatus: string; readonly exitCode?: number };
type Hook = {
  createHandler(calls: {
    runTask(): Promise<string>;
    describeTasks(taskArn: string): Promise<Task>;
  }): (event: object) => Promise<Answer>;
};

describe('the deployment hook', () => {
  for (const [exitCode, hookStatus] of [
    [0, 'SUCCEEDED'],
    [78, 'FAILED'],
    [undefined, 'FAILED'],
  ] as const) {
    test(`runs one task, waits for its end, and answers ${hookStatus} for exit code ${exitCode}`, async () => {
      const { createHandler } = (await import(pathToFileURL(join(ECS_EXAMPLES, 'migrations-up.mjs')).href)) as Hook;
      const ends: Task[] = [
        { lastStatus: 'PENDING' },
        { lastStatus: 'RUNNING' },
        exitCode === undefined ? { lastStatus: 'STOPPED' } : { lastStatus: 'STOPPED', exitCode },
      ];
      let started = 0;
      const handle = createHandler({
        async runTask() {
          started += 1;
          return 'arn:task';
        },
        async describeTasks(taskArn) {
          assert.equal(taskArn, 'arn:task');
          return ends.shift() ?? assert.fail('it is asked too often');
        },
      });
      const event = { executionDetails: { serviceArn: 'arn:service' } };
      const first = await handle(event);
      assert.deepEqual([first.hookStatus, first.callBackDelay], ['IN_PROGRESS', 15]);
      const second = await handle({ ...event, hookDetails: first.hookDetails });
      const last = await handle({ ...event, hookDetails: second.hookDetails });
      assert.deepEqual([last.hookStatus, started], [hookStatus, 1]);
    });
  }
});
