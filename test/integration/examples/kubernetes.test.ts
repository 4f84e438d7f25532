import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Deployment, type IDeployment } from 'kubernetes-models/apps/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { type IService, Service, ServiceAccount } from 'kubernetes-models/v1';
import { parseAllDocuments } from 'yaml';
import { assertIsSmallest, type Policy, smallestPolicy } from './smallest-policy.ts';
import { type Typed, typeProblems } from './type-problems.ts';

const examples = fileURLToPath(new URL('../../../examples/kubernetes/', import.meta.url));
const models = fileURLToPath(new URL('../../../node_modules/kubernetes-models/', import.meta.url));

const kinds = { ServiceAccount, Deployment, Service, PodDisruptionBudget } as const;

type Manifest = { readonly apiVersion: string; readonly kind: keyof typeof kinds };

function readText(file: string): string {
  return readFileSync(join(examples, file), 'utf8');
}

function readManifests(): Manifest[] {
  return parseAllDocuments(readText('kong.yaml')).map((document) => document.toJS());
}

function findManifest(wanted: Manifest['kind']): Manifest | undefined {
  return readManifests().find(({ kind }) => kind === wanted);
}

function typed(manifest: Manifest): Typed {
  const file = join(models, manifest.apiVersion, 'index.d.ts');
  return { file, type: `I${manifest.kind}`, value: manifest };
}

/** The variables of a container that are texts. */
function environmentOf(entries: readonly { readonly name: string; readonly value?: string }[]): Record<string, string> {
  return Object.fromEntries(entries.map(({ name, value }) => [name, value ?? '{}']));
}

describe('kong.yaml', () => {
  const manifests = readManifests();
  const deployment = (findManifest('Deployment') as IDeployment).spec;
  const container = deployment?.template.spec?.containers[0];

  test('is made of what Kubernetes knows', () => {
    assert.deepEqual(manifests.map(({ kind }) => kind).toSorted(), Object.keys(kinds).toSorted());
    assert.deepEqual(typeProblems(manifests.map(typed)), []);
    for (const manifest of manifests) new kinds[manifest.kind](manifest as never).validate();
  });

  test('has its selectors, ports and volumes go together', () => {
    assert.deepEqual(deployment?.selector.matchLabels, deployment?.template.metadata?.labels);
    const service = findManifest('Service') as IService;
    assert.deepEqual(service.spec?.selector, deployment?.template.metadata?.labels);
    const ports = new Set(container?.ports?.map(({ name }) => name));
    const named = [
      ...(service.spec?.ports ?? []).map(({ targetPort }) => targetPort),
      container?.startupProbe?.httpGet?.port,
    ];
    for (const port of named) assert.ok(ports.has(String(port)), String(port));
    const volumes = new Set(deployment?.template.spec?.volumes?.map(({ name }) => name));
    for (const { name } of container?.volumeMounts ?? []) assert.ok(volumes.has(name), name);
  });

  test('may write nowhere but to its volumes, where Kong and the migrations have to', () => {
    assert.equal(container?.securityContext?.readOnlyRootFilesystem, true);
    const paths = container?.volumeMounts?.map(({ mountPath }) => mountPath);
    assert.deepEqual(paths, ['/tmp', environmentOf(container?.env ?? [])['KONG_PREFIX']]);
  });

  test('needs the policy beside it and no other', async () => {
    const policy: Policy = JSON.parse(readText('role-policy.json'));
    assertIsSmallest(policy, await smallestPolicy(environmentOf(container?.env ?? []), []));
  });

  test('lets requests end before a pod does', () => {
    const { preStop } = container?.lifecycle ?? {};
    assert.deepEqual(preStop?.exec?.command, ['kong', 'quit', '--wait=15']);
    assert.ok((deployment?.template.spec?.terminationGracePeriodSeconds ?? 0) > 15);
  });

  test('gives up waiting before its probe does', () => {
    const { periodSeconds = 0, failureThreshold = 0 } = container?.startupProbe ?? {};
    assert.equal(environmentOf(container?.env ?? [])['KONG_ENTRYPOINT_TIMEOUT'], '9m');
    assert.ok(9 * 60 < periodSeconds * failureThreshold);
  });
});

test('every file of the examples is looked at', () => {
  const tests = ['kubernetes.test.ts', 'kubernetes-two-roles.test.ts', 'helm-chart.test.ts', 'upgrades.test.ts'].map(
    (file) => new URL(file, import.meta.url),
  );
  const own = tests.map((file) => readFileSync(file, 'utf8')).join('');
  for (const file of readdirSync(examples)) assert.ok(file === 'README.md' || own.includes(`'${file}'`), file);
});

test('what Kubernetes does not know is told', () => {
  const wrong = typed({ ...findManifest('Deployment'), spec: { replica: 3 } } as unknown as Manifest);
  assert.match(typeProblems([wrong]).join('\n'), /replica"' does not exist/);
});
