import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hasAttribute, problemsOf } from './cloudformation-schema.ts';
import { functionIn, parseTemplate, type Template } from './cloudformation-template.ts';
import { fargateProblems } from './fargate.ts';
import { assertLinterIsContent } from './linters.ts';
import { assertIsSmallest, smallestPolicy } from './smallest-policy.ts';
import { evaluated, policiesOf, readStack, STACK, taskOf } from './stack.ts';
import { environmentOf } from './task-definition.ts';

const template = readStack();

/** All that is referred to, as `Name` or `Name.Attribute`. */
function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const call = functionIn(value);
  if (call?.name === 'Ref') return [String(call.argument)];
  if (call?.name === 'Fn::GetAtt') return [(call.argument as string[]).join('.')];
  if (call?.name !== 'Fn::Sub') return Object.values(value).flatMap(referencesIn);
  const [text, own = {}] = [call.argument].flat() as [string, object?];
  const named = [...text.matchAll(/\$\{([^}]+)\}/g)].map(([, name = '']) => name);
  return [...named.filter((name) => !Object.hasOwn(own, name)), ...referencesIn(own)];
}

function isThere(reference: string, { Parameters, Resources }: Template): boolean {
  const [name = '', attribute] = reference.split(/\.(.*)/, 2);
  if (attribute !== undefined) return hasAttribute(Resources[name]?.Type ?? '', attribute);
  return /^AWS::(?:Region|Partition)$/.test(name) || Object.hasOwn({ ...Parameters, ...Resources }, name);
}

function problemsOfTemplate(stack: Template): string[] {
  const wrong = Object.values(stack.Resources).flatMap(({ Type, Properties }) => problemsOf(Type, Properties));
  const lost = [...referencesIn(stack.Resources), ...referencesIn(stack.Outputs)].filter(
    (name) => !isThere(name, stack),
  );
  return [...wrong, ...lost.map((name) => `${name} is not there`)];
}

test('the stack is made of what CloudFormation knows', () => {
  assert.deepEqual(problemsOfTemplate(template), []);
  assertLinterIsContent('cfn-lint', '--non-zero-exit-code', 'error', STACK);
});

for (const name of ['MigrationsTask', 'KongTask']) {
  describe(`the ${name} of the stack`, () => {
    const task = taskOf(name);

    test('is one that Fargate takes', () => assert.deepEqual(fargateProblems(task), []));

    test('has a role with the smallest policy', async () => {
      const [container] = task.containerDefinitions;
      assert.ok(container !== undefined);
      const [policy, ...more] = policiesOf(task);
      assert.ok(policy !== undefined && more.length === 0);
      assertIsSmallest(policy, await smallestPolicy(environmentOf(container, '{}'), container.command ?? []));
    });
  });
}

test('only the migrations may read the password of the master user', () => {
  const readers = ['MigrationsTask', 'KongTask'].filter((name) =>
    JSON.stringify(policiesOf(taskOf(name))).includes('rds!'),
  );
  assert.deepEqual(readers, ['MigrationsTask']);
});

test('nobody reaches the database from outside, and Kong only through the load balancer', () => {
  const { Database, KongSecurityGroup, DatabaseSecurityGroup, Service } = template.Resources;
  assert.equal(Database?.Properties?.['PubliclyAccessible'], false);
  const sources = [KongSecurityGroup, DatabaseSecurityGroup].map((group) =>
    (evaluated(group?.Properties?.['SecurityGroupIngress']) as readonly Record<string, unknown>[]).map(
      ({ ToPort, SourceSecurityGroupId }) => [ToPort, SourceSecurityGroupId],
    ),
  );
  assert.deepEqual(sources, [
    [8000, 8443, 8100].map((port) => [port, 'LoadBalancerSecurityGroup.GroupId']),
    [[5432, 'KongSecurityGroup.GroupId']],
  ]);
  const targets = evaluated(Service?.Properties?.['LoadBalancers']) as readonly Record<string, unknown>[];
  assert.deepEqual(
    targets.map(({ ContainerPort, TargetGroupArn }) => [ContainerPort, TargetGroupArn]),
    [
      [8000, 'HttpTargets'],
      [8443, 'HttpsTargets'],
    ],
  );
  for (const name of ['HttpTargets', 'HttpsTargets'])
    assert.equal(template.Resources[name]?.Properties?.['HealthCheckPath'], '/status/ready');
});

test('an upgrade changes the task of the migrations before that of the service', () => {
  const images = ['MigrationsTask', 'KongTask'].map((name) => taskOf(name).containerDefinitions[0]?.image);
  assert.deepEqual(images, ['MigrationsImage', 'Image']);
});

test('the networks of the outputs are ones that run-task takes', () => {
  assert.equal(
    evaluated(template.Outputs['AdminNetwork']?.Value),
    'awsvpcConfiguration={subnets=[subnet-1,subnet-2],securityGroups=[KongSecurityGroup.GroupId,AdminSecurityGroup.GroupId]}',
  );
  assert.equal(
    evaluated(template.Outputs['Network']?.Value),
    'awsvpcConfiguration={subnets=[subnet-1,subnet-2],securityGroups=[KongSecurityGroup.GroupId]}',
  );
});

test('what CloudFormation does not know is told', () => {
  const stack = parseTemplate(`
Resources:
  Kong:
    Type: AWS::ECS::Service
    Properties: { Cluster: !Ref Missing, DesiredCont: 1, Role: !GetAtt Kong.Colour }
  Secret:
    Type: AWS::SecretsManager::Secrets
`);
  assert.deepEqual(problemsOfTemplate(stack), [
    'AWS::ECS::Service: DesiredCont is not known',
    'AWS::SecretsManager::Secrets is not a type of a resource',
    'Missing is not there',
    'Kong.Colour is not there',
  ]);
});
