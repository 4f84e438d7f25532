import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runEntrypoint } from '../../world/kong-entrypoint.ts';
import type { Variables } from '../how-to-start.ts';
import { programs } from '../programs.ts';

/* Whose right the login by token is, and to what: told from the settings alone. */

const role = 'arn:aws-cn:iam::123456789012:role/kong-database';
const kmsKey = 'arn:aws-cn:kms:cn-north-1:123456789012:key/0a1b2c3d';

function mayLogIn(resource: string) {
  return { Sid: 'LogInToDatabase', Effect: 'Allow', Action: 'rds-db:connect', Resource: resource };
}

type Row = readonly [what: string, variables: Variables, policies: readonly object[]];

const rows: readonly Row[] = [
  [
    'a host of RDS is a login in its region',
    { KONG_PG_HOST: 'kong.abc123.eu-central-1.rds.amazonaws.com' },
    [{ principal: "the container's role", statements: [mayLogIn('arn:aws:rds-db:eu-central-1:*:dbuser:*/kong')] }],
  ],
  [
    'a host of another name is a login anywhere',
    { KONG_PG_HOST: 'db.example.com' },
    [{ principal: "the container's role", statements: [mayLogIn('arn:aws:rds-db:*:*:dbuser:*/kong')] }],
  ],
  [
    'a role that is taken on has the right, the container that to the role',
    {
      KONG_PG_HOST: 'kong.abc123.cn-north-1.rds.amazonaws.com.cn',
      KONG_PG_IAM_AUTH_ASSUME_ROLE_ARN: role,
    },
    [
      {
        principal: "the container's role",
        statements: [{ Sid: 'TakeOnRoles', Effect: 'Allow', Action: 'sts:AssumeRole', Resource: [role] }],
      },
      { principal: role, statements: [mayLogIn('arn:aws-cn:rds-db:cn-north-1:*:dbuser:*/kong')] },
    ],
  ],
  [
    'a secret in China is decrypted by the service there',
    {
      KONG_PG_HOST: 'db.example.com',
      KONG_LICENSE_DATA: '{vault://aws/licence/}',
      KONG_VAULT_AWS_REGION: 'cn-north-1',
    },
    [
      {
        principal: "the container's role",
        statements: [
          {
            Sid: 'ReadSecrets',
            Effect: 'Allow',
            Action: 'secretsmanager:GetSecretValue',
            Resource: ['arn:aws-cn:secretsmanager:cn-north-1:*:secret:licence-??????'],
          },
          {
            Sid: 'DecryptSecrets',
            Effect: 'Allow',
            Action: 'kms:Decrypt',
            Resource: kmsKey,
            Condition: { StringLike: { 'kms:ViaService': 'secretsmanager.cn-north-1.amazonaws.com.cn' } },
          },
          mayLogIn('arn:aws:rds-db:*:*:dbuser:*/kong'),
        ],
      },
    ],
  ],
];

type Written = { readonly principal: string; readonly document: { readonly Statement: readonly object[] } };

for (const program of programs) {
  describe(`the policy that the ${program.name} writes for pg_iam_auth:`, () => {
    for (const [what, variables, expected] of rows) {
      test(what, async () => {
        const environment = { PATH: '/usr/bin', KONG_PG_USER: 'kong', KONG_PG_IAM_AUTH: 'on', ...variables };
        const args = [`--iam-policy=${kmsKey}`, '--output', 'json', 'kong', 'start'];
        const { stdout, stderr, exitCode } = await runEntrypoint({ program: program.words, args, environment });
        assert.equal(exitCode, 0, stderr);
        const { policies }: { readonly policies: readonly Written[] } = JSON.parse(stdout);
        const said = policies.map(({ principal, document }) => ({ principal, statements: document.Statement }));
        assert.deepEqual(said, expected);
      });
    }
  });
}
