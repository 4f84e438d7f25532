import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Deployment, type IDeployment } from 'kubernetes-models/apps/v1';
import { type IJob, Job } from 'kubernetes-models/batch/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { Service, ServiceAccount } from 'kubernetes-models/v1';
import { parseAllDocuments } from 'yaml';
import { planOf } from './plan-of.ts';
import { assertIsSmallest, type Policy, smallestPolicy } from './smallest-policy.ts';
import { type Typed, typeProblems } from './type-problems.ts';

const examples = fileURLToPath(new URL('../../../examples/kubernetes/', import.meta.url));
const models = fileURLToPath(new URL('../../../node_modules/kubernetes-models/', import.meta.url));

const kinds = { ServiceAccount, Job, Deployment, Service, PodDisruptionBudget } as const;

type Manifest = { readonly apiVersion: string; readonly kind: keyof typeof kinds };

const manifests = parseAllDocuments(readFileSync(join(examples, 'two-roles.yaml'), 'utf8')).map(
  (document): Manifest => document.toJS(),
);
const job = manifests.find(({ kind }) => kind === 'Job') as IJob | undefined;
const deployment = manifests.find(({ kind }) => kind === 'Deployment') as IDeployment | undefined;
const migrations = job?.spec?.template.spec;
const kong = deployment?.spec?.template.spec;

function variablesOf(spec: typeof migrations): Record<string, string> {
  return Object.fromEntries((spec?.containers[0]?.env ?? []).map(({ name, value }) => [name, value ?? '{}']));
}

function readPolicy(file: string): Policy {
  return JSON.parse(readFileSync(join(examples, file), 'utf8'));
}

function typed(manifest: Manifest): Typed {
  const file = join(models, manifest.apiVersion, 'index.d.ts');
  return { file, type: `I${manifest.kind}`, value: manifest };
}

describe('two-roles.yaml', () => {
  test('is made of what Kubernetes knows', () => {
    assert.deepEqual(typeProblems(manifests.map(typed)), []);
    for (const manifest of manifests) new kinds[manifest.kind](manifest as never).validate();
  });

  test('has two service accounts, and the least policy for each', async () => {
    assert.equal(migrations?.serviceAccountName, 'kong-migrator');
    assert.equal(kong?.serviceAccountName, 'kong');
    const words = migrations?.containers[0]?.args ?? [];
    const ofJob = await smallestPolicy(variablesOf(migrations), words);
    assertIsSmallest(readPolicy('two-roles-migrator-policy.json'), ofJob);
    assertIsSmallest(readPolicy('role-policy.json'), await smallestPolicy(variablesOf(kong), []));
    assert.ok(!JSON.stringify(deployment).includes('migrator'), 'the replicas know nothing of the role that migrates');
  });

  test('migrates in the Job alone, and grants the role that the replicas log in as', async () => {
    const words = migrations?.containers[0]?.args ?? [];
    const plan = await planOf(variablesOf(migrations), words);
    assert.match(plan, /log in to kong as the migrator\n.*take the lock\n.*run kong migrations bootstrap\n/);
    assert.match(plan, /grant Kong's role what it lacks in the schema/);
    assert.match(await planOf(variablesOf(kong)), /wait until migrations that run elsewhere make the schema ready/);
  });
});
