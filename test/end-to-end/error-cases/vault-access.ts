import assert from 'node:assert/strict';
import type { Fault } from '../../emulators/faults.ts';
import { bothReferences, bothSettings, type ErrorCase, type Setting } from './error-case.ts';

function failing(fault: Fault): (setting: Setting) => undefined {
  return ({ howTo }) => void howTo.vault.fail(fault);
}

const noMetadata = { AWS_EC2_METADATA_DISABLED: 'true' };

/** Whether the vault can be reached, and whether it lets us in. */
export const vaultAccessCases: readonly ErrorCase[] = [
  {
    situation: 'access denied',
    make: failing('denied'),
    exitCode: 77,
    lines: [
      `error: ${bothSettings}: arn:aws:sts::123456789012:assumed-role/kong-task/0123456789abcdef may not call secretsmanager:GetSecretValue on secret "kong-gateway-database": ${bothReferences}`,
      'hint: allow secretsmanager:GetSecretValue on arn:aws:secretsmanager:eu-central-1:123456789012:secret:kong-gateway-database-?????? to it',
    ],
    alsoHolds: (_, { howTo }) => assert.equal(howTo.vault.calls.length, 1, 'one call for one secret'),
  },
  {
    situation: 'an expired token',
    make({ howTo }) {
      const key = { id: 'ASIAEXPIRED', secret: 'hunter2-key', sessionToken: 'hunter2-session' };
      howTo.vault.addKey({ ...key, expires: new Date(0) });
      return { AWS_ACCESS_KEY_ID: key.id, AWS_SECRET_ACCESS_KEY: key.secret, AWS_SESSION_TOKEN: key.sessionToken };
    },
    exitCode: 77,
    lines: [
      `error: ${bothSettings}: the AWS credentials have expired (credentials from: environment): ${bothReferences}`,
      'hint: give new ones; a role of the container (ECS, EKS, EC2) renews them by itself',
    ],
  },
  {
    situation: 'a wrong secret access key',
    make: () => ({ AWS_SECRET_ACCESS_KEY: 'hunter2-wrong' }),
    exitCode: 77,
    lines: [
      `error: ${bothSettings}: AWS refused the signature of the request (credentials from: environment): ${bothReferences}`,
      'hint: check the secret access key (a stray space or line break?) and the clock of this machine',
    ],
  },
  {
    situation: 'a temporary key without its session token',
    make: () => ({ AWS_ACCESS_KEY_ID: 'ASIAUNKNOWN' }),
    exitCode: 77,
    lines: [
      `error: ${bothSettings}: AWS does not know the access key (credentials from: environment): ${bothReferences}`,
      'hint: the key is a temporary one, which needs its AWS_SESSION_TOKEN too',
    ],
  },
  {
    situation: 'no credentials',
    make: () => ({ ...noMetadata, AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined }),
    exitCode: 77,
    lines: [
      `error: ${bothSettings}: no AWS credentials (environment: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY not set; shared file: no file /nonexistent/.aws/credentials or /nonexistent/.aws/config; container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI not set; web identity: AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN not set; instance: AWS_EC2_METADATA_DISABLED is set): ${bothReferences}`,
      'hint: give the container a role: a task role on ECS, Pod Identity or IRSA on EKS, an instance profile on EC2; or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    ],
  },
  {
    situation: 'no region',
    make: () => ({ ...noMetadata, KONG_VAULT_AWS_REGION: undefined }),
    exitCode: 78,
    lines: [
      `error: ${bothSettings}: no AWS region: ${bothReferences}`,
      'hint: set KONG_VAULT_AWS_REGION or AWS_REGION to the region that the secret is in',
    ],
  },
  {
    situation: 'a vault that is throttled',
    make: failing('throttle'),
    exitCode: 75,
    lines: ({ environment }) => [
      `error: ${bothSettings}: AWS Secrets Manager at ${new URL(environment['KONG_VAULT_AWS_ENDPOINT_URL'] ?? '').host} limits the rate of requests: ${bothReferences}`,
      'hint: start fewer containers at once, or try again later',
    ],
  },
  {
    situation: 'a vault that is not there',
    make: () => ({ KONG_VAULT_AWS_ENDPOINT_URL: 'http://127.0.0.1:9' }),
    exitCode: 75,
    lines: [
      `error: ${bothSettings}: AWS Secrets Manager at 127.0.0.1:9 refuses connections (ECONNREFUSED): ${bothReferences}`,
      "hint: check KONG_VAULT_AWS_ENDPOINT_URL and HTTPS_PROXY; check the region's name, the DNS of this network and the route: a NAT gateway or a VPC endpoint with private DNS, security groups, HTTPS_PROXY and NO_PROXY",
    ],
  },
  {
    situation: 'a vault that hangs for longer than may be waited',
    options: ['--timeout', '1s'],
    make: failing('hang'),
    exitCode: 75,
    lines: [
      `error: ${bothSettings}: the aws vault did not answer before the time for all waiting ran out: ${bothReferences}`,
      'hint: check the route to the vault (endpoint, proxy, security group); KONG_ENTRYPOINT_TIMEOUT limits all waiting together',
    ],
    alsoHolds: ({ durationMs }) => assert.ok(durationMs < 3000, `${durationMs} ms`),
  },
];
