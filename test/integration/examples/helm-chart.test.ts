import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { FULL_NAME, mergeValues, pathsNotRead, renderKongChart } from './kong-chart.ts';
import type { KongChartValues, ServiceAccountValues } from './kong-chart-values.ts';
import { planOf } from './plan-of.ts';
import { assertIsSmallest, type Policy, smallestPolicy } from './smallest-policy.ts';
import { typeProblems } from './type-problems.ts';

const examples = fileURLToPath(new URL('../../../examples/kubernetes/', import.meta.url));
const chart = fileURLToPath(new URL('kong-chart-values.ts', import.meta.url));

function readText(file: string): string {
  return readFileSync(join(examples, file), 'utf8');
}

describe('the values for the chart', () => {
  const values: KongChartValues = parse(readText('helm-values.yaml'));
  const withoutJobs = mergeValues(values, parse(readText('helm-without-jobs.yaml'))) as KongChartValues;
  const overlays = ['helm-without-jobs.yaml', 'helm-irsa.yaml', 'helm-pod-identity.yaml'];

  test('are of the types that the chart wants', () => {
    const accounts = ['helm-irsa.yaml', 'helm-pod-identity.yaml'].map((file) => parse(readText(file)));
    assert.deepEqual(
      typeProblems([
        { file: chart, type: 'KongChartValues', value: values },
        { file: chart, type: 'KongChartValues', value: withoutJobs },
        ...accounts.map((value) => ({ file: chart, type: 'ServiceAccountValues', value })),
      ]),
      [],
    );
  });

  for (const file of ['helm-values.yaml', ...overlays]) {
    test(`name nothing that no template of the chart reads: ${file}`, () => {
      assert.deepEqual(pathsNotRead(parse(readText(file))), []);
    });
  }

  test('have the jobs of the chart migrate, by the program, and the pods wait for them', async () => {
    const { jobs, proxy } = renderKongChart(values);
    const steps = { init: 'bootstrap', 'pre-upgrade': 'up', 'post-upgrade': 'finish' };
    const names = Object.keys(steps).map((moment) => `${FULL_NAME}-${moment}-migrations`);
    assert.deepEqual(Object.keys(jobs), names);
    for (const [index, step] of Object.values(steps).entries()) {
      const job = jobs[names[index] ?? ''];
      assert.match(await planOf(job?.environment ?? {}, job?.args), new RegExp(`run kong migrations ${step}$`, 'm'));
    }
    assert.match(await planOf(proxy.environment, proxy.args), /^ +migrations +wait$/m);
  });

  test('leave the migrations to the pods where there are no jobs', async () => {
    const { jobs, proxy } = renderKongChart(withoutJobs);
    assert.deepEqual(jobs, {});
    assert.match(await planOf(proxy.environment, proxy.args), /^ +migrations +bootstrap$/m);
  });

  test('run no Kong that only waits', () => {
    assert.equal(values.waitImage.enabled, false);
  });

  test('give up waiting before their probe does, and leave every pod ready before the last job', () => {
    const { periodSeconds = 0, failureThreshold = 0 } = values.startupProbe;
    assert.equal(values.env['entrypoint_timeout'], '9m');
    assert.ok(9 * 60 < periodSeconds * failureThreshold);
    assert.equal(values.updateStrategy.rollingUpdate?.maxUnavailable, 0);
  });

  test('become variables that the program takes, and that need the same policy', async () => {
    const entries = Object.entries(values.env).map(([setting, value]) => [
      `KONG_${setting.toUpperCase()}`,
      typeof value === 'string' ? value : '{}',
    ]);
    const policy: Policy = JSON.parse(readText('role-policy.json'));
    assertIsSmallest(policy, await smallestPolicy(Object.fromEntries(entries), []));
  });

  test('name the service account that the trust policies are for', () => {
    const irsa: ServiceAccountValues = parse(readText('helm-irsa.yaml'));
    assert.match(readText('trust-irsa.json'), new RegExp(`:kong:${irsa.deployment.serviceAccount.name}"`));
    assert.match(readText('trust-pod-identity.json'), /"pods\.eks\.amazonaws\.com"/);
  });
});

test('what the chart does not know is told', () => {
  const values = parse(readText('helm-values.yaml'));
  const wrong = [
    { file: chart, type: 'KongChartValues', value: { ...values, waitImage: { enable: false } } },
    { file: chart, type: 'KongChartValues', value: { ...values, startupProbe: { periodSecond: 5 } } },
  ];
  const problems = typeProblems(wrong).join('\n');
  for (const key of ['enable', 'periodSecond']) assert.match(problems, new RegExp(`${key}"' does not exist`));
  assert.deepEqual(pathsNotRead({ ...values, migrations: { preInstall: true } }), ['migrations.preInstall']);
});

test('no page says that the jobs of the chart go past the ENTRYPOINT', () => {
  const root = join(examples, '../..');
  for (const file of [
    'README.md',
    'docs/alternatives.md',
    'examples/kubernetes/README.md',
    'examples/kubernetes/helm-values.yaml',
  ])
    assert.doesNotMatch(
      readFileSync(join(root, file), 'utf8'),
      /through a shell|past the (?:image's )?ENTRYPOINT/,
      file,
    );
});
