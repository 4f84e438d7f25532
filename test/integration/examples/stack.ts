import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { evaluate, type Lookup, parseTemplate, type Template } from './cloudformation-template.ts';
import type { Policy } from './smallest-policy.ts';
import { ECS_EXAMPLES, type TaskDefinition } from './task-definition.ts';

export const STACK = join(ECS_EXAMPLES, 'stack.yaml');

const REGION = 'eu-central-1';
const SECRET = `arn:aws:secretsmanager:${REGION}:123456789012:secret`;

/** What CloudFormation would say of a stack that it made: names and attributes that AWS chooses. */
const MADE: Readonly<Record<string, string | readonly string[]>> = {
  'AWS::Region': REGION,
  'AWS::Partition': 'aws',
  SubnetIds: ['subnet-1', 'subnet-2'],
  CpuArchitecture: 'X86_64',
  KongSecret: `${SECRET}:KongSecret-AbCdEf`,
  'Database.MasterUserSecret.SecretArn': `${SECRET}:rds!db-11111111-2222-3333-4444-555555555555-AbCdEf`,
  'Database.Endpoint.Address': `kong-database.abcdefghijkl.${REGION}.rds.amazonaws.com`,
  'Database.Endpoint.Port': '5432',
};

export function readStack(): Template {
  return parseTemplate(readFileSync(STACK, 'utf8'));
}

/** The name of a secret of the stack's, by its ARN. */
export function secretName(key: string): string {
  return (
    String(MADE[key])
      .split(':secret:')[1]
      ?.replace(/-AbCdEf$/, '') ?? ''
  );
}

/** Anything else is called by its name. */
const lookup: Lookup = (name, attribute) => {
  const key = attribute === undefined ? name : `${name}.${attribute}`;
  return MADE[key] ?? (attribute === 'Arn' ? `arn:aws:iam::123456789012:role/${name}` : key);
};

export function evaluated(value: unknown): unknown {
  return evaluate(value, lookup);
}

/** The task definition of this name in the stack, as ECS would be given it. */
export function taskOf(name: string): TaskDefinition {
  return uncapitalised(evaluated(readStack().Resources[name]?.Properties)) as TaskDefinition;
}

/** The policies of the role that a task of the stack has. */
export function policiesOf({ taskRoleArn }: TaskDefinition): Policy[] {
  const role = readStack().Resources[taskRoleArn.split('/').at(-1) ?? ''];
  const policies = evaluated(role?.Properties?.['Policies']) as readonly { readonly PolicyDocument: Policy }[];
  return policies.map(({ PolicyDocument }) => PolicyDocument);
}

/** Keys of a map, such as the options of a log, begin with a small letter there already. */
function uncapitalised(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(uncapitalised);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [
    key.charAt(0).toLowerCase() + key.slice(1),
    uncapitalised(item),
  ]);
  return Object.fromEntries(entries);
}
