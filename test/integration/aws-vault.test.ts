import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { startLoopbackServer } from '../emulators/loopback-server.ts';
import { emulatorKey, type SecretsManager, startSecretsManager } from '../emulators/secrets-manager.ts';
import { type AwsVault, atEmulator, awsVault, keysOf } from './aws-world.ts';

let emulator: SecretsManager;
let vault: AwsVault;

before(async () => {
  emulator = await startSecretsManager();
  emulator.putSecret('kong-db', '{"pg_user":"before"}');
  emulator.putSecret('kong-db', '{"pg_user":"kong"}');
  emulator.putSecret('prod/kong/a+b=c.d_e-f@g', 'whole');
  emulator.putSecret('new', 'first');
  emulator.putSecret('gone', 'v');
  emulator.deleteSecret('gone');
  emulator.putSecret('binary', new Uint8Array([1, 2, 3]));
  vault = awsVault({ ...atEmulator(emulator), ...keysOf(emulatorKey) });
});
afterEach(() => emulator.recover());
after(() => emulator.close());

describe('the aws vault reads', () => {
  test('the current version, and it also with #1', async () => {
    assert.equal(await vault.read('{vault://aws/kong-db/pg_user}'), '{"pg_user":"kong"}');
    assert.equal(await vault.read('{vault://aws/kong-db/pg_user#1}'), '{"pg_user":"kong"}');
    assert.deepEqual(emulator.calls.at(-1), {
      accessKeyId: emulatorKey.id,
      action: 'GetSecretValue',
      secretId: 'kong-db',
      stage: 'AWSCURRENT',
    });
  });

  test('the previous version with #2', async () => {
    assert.equal(await vault.read('{vault://aws/kong-db/pg_user#2}'), '{"pg_user":"before"}');
    assert.equal(emulator.calls.at(-1)?.stage, 'AWSPREVIOUS');
  });

  test('a name with every character that AWS allows, and an ARN', async () => {
    assert.equal(await vault.read('{vault://aws/prod/kong/a%252Bb=c.d_e-f@g/}'), 'whole');
    const arn = `arn:aws:secretsmanager:${emulator.region}:123456789012:secret:kong-db-AbCdEf`;
    assert.equal(await vault.read(`{vault://aws/${arn}/pg_user}`), '{"pg_user":"kong"}');
  });

  test('the vault again at each fetch, with one signature check each', async () => {
    const before = emulator.calls.length;
    for (let fetches = 0; fetches < 3; fetches += 1) await vault.read('{vault://aws/new}');
    assert.equal(emulator.calls.length, before + 3);
  });

  test('after two answers that ask to come later', async () => {
    emulator.fail('throttle', 2);
    assert.equal(await vault.read('{vault://aws/new}'), 'first');
  });

  test('through a clock that is ten minutes wrong, since AWS tells the time', async (t) => {
    const ahead = await startSecretsManager({ now: () => new Date(Date.now() + 600_000) });
    t.after(() => ahead.close());
    ahead.putSecret('new', 'first');
    const skewed = awsVault({ ...atEmulator(ahead), ...keysOf(emulatorKey) });
    assert.equal(await skewed.read('{vault://aws/new}'), 'first');
  });
});

describe('the aws vault stops with', () => {
  const host = () => new URL(emulator.url).host;
  const user = 'arn:aws:sts::123456789012:assumed-role/kong-task/0123456789abcdef';
  const resource = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:new-??????';
  const reach =
    "check KONG_VAULT_AWS_ENDPOINT_URL and HTTPS_PROXY; check the region's name, the DNS of this network and the route: a NAT gateway or a VPC endpoint with private DNS, security groups, HTTPS_PROXY and NO_PROXY";
  const broken = () =>
    `75 AWS Secrets Manager at ${host()} closed the connection (ECONNRESET) | ${reach}; a server that speaks only TLS does the same`;
  const elsewhere = 'check KONG_VAULT_AWS_ENDPOINT_URL and HTTPS_PROXY';
  const kms =
    '77 the KMS key of secret "new" cannot be used to decrypt it | allow kms:Decrypt on that key to the role that reads the secret (credentials from: environment), and check that the key is enabled';

  const references: readonly (readonly [reference: string, failure: () => string])[] = [
    [
      '{vault://aws/nope/k}',
      () =>
        `66 secret "nope" not found at ${emulator.url} | check the secret's name, the account, and the region, which is from the vault option region; the last part of a reference's path is the key, not the name, and a + of the name is written %252B`,
    ],
    [
      '{vault://aws/new#2}',
      () =>
        '66 secret "new" has no version AWSPREVIOUS | a secret has a previous version only after a rotation or a change; remove #2 to read the current one',
    ],
    [
      '{vault://aws/new#3}',
      () =>
        '78 the aws vault has no such version | write #1 or nothing for AWSCURRENT, #2 for AWSPREVIOUS; other versions of a secret cannot be referred to',
    ],
    [
      '{vault://aws/gone}',
      () =>
        '66 secret "gone" is scheduled for deletion | restore it (aws secretsmanager restore-secret --secret-id ...), or refer to the secret that replaced it',
    ],
    [
      '{vault://aws/binary}',
      () =>
        '65 secret "binary" is binary (SecretBinary) | store it as a string (SecretString); Kong reads no binary secrets',
    ],
  ];
  for (const [reference, failure] of references) {
    test(`what ${reference} names`, async () => assert.equal(await vault.failure(reference), failure()));
  }

  const faults: readonly (readonly [
    fault: Parameters<SecretsManager['fail']>[0],
    attempts: number,
    failure: () => string,
  ])[] = [
    [
      'denied',
      1,
      () =>
        `77 ${user} may not call secretsmanager:GetSecretValue on secret "new" | allow secretsmanager:GetSecretValue on ${resource} to it`,
    ],
    [
      'deniedExplicitly',
      1,
      () =>
        `77 ${user} may not call secretsmanager:GetSecretValue on secret "new"; a policy denies it explicitly | allow secretsmanager:GetSecretValue on ${resource} to it`,
    ],
    ['kmsDenied', 1, () => kms],
    ['decryption', 1, () => kms],
    [
      'invalidParameter',
      1,
      () =>
        '78 AWS does not accept secret "new" for a name: The parameter SecretId is not valid. | a name has letters, digits and /_+=.@!- only; a + of the name is written %252B in a reference',
    ],
    [
      'throttle',
      3,
      () =>
        `75 AWS Secrets Manager at ${host()} limits the rate of requests | start fewer containers at once, or try again later`,
    ],
    [
      'internal',
      3,
      () => `75 AWS Secrets Manager at ${host()} failed (status 500) | try again later; see health.aws.amazon.com`,
    ],
    [
      'unavailable',
      3,
      () => `75 AWS Secrets Manager at ${host()} failed (status 503) | try again later; see health.aws.amazon.com`,
    ],
    [
      'badGateway',
      3,
      () => `75 AWS Secrets Manager at ${host()} failed (status 502) | try again later; see health.aws.amazon.com`,
    ],
    ['half', 3, broken],
    ['reset', 3, broken],
    [
      'huge',
      1,
      () =>
        `78 another server answers in place of AWS Secrets Manager at ${host()}: its answer is larger than 1 MiB | ${elsewhere}; a proxy or a load balancer may answer in its place`,
    ],
    [
      'html',
      1,
      () => `78 another server answers in place of AWS Secrets Manager at ${host()} (status 200) | ${elsewhere}`,
    ],
    [
      'notJson',
      1,
      () => `78 another server answers in place of AWS Secrets Manager at ${host()} (status 200) | ${elsewhere}`,
    ],
    [
      'redirect',
      1,
      () => `78 another server answers in place of AWS Secrets Manager at ${host()} (status 307) | ${elsewhere}`,
    ],
  ];
  for (const [fault, attempts, failure] of faults) {
    test(`the fault ${fault} after ${attempts} attempt${attempts === 1 ? '' : 's'}`, async () => {
      const before = emulator.requests.length;
      emulator.fail(fault);
      assert.equal(await vault.failure('{vault://aws/new}'), failure());
      assert.equal(emulator.requests.length - before, attempts);
    });
  }

  test('an error that nobody knows, with what a support case needs', async () => {
    emulator.fail('strange');
    const failure = await vault.failure('{vault://aws/new}');
    assert.match(
      failure,
      /^78 AWS could not serve secretsmanager:GetSecretValue on secret "new" \(BrandNewException, status 400, request [0-9a-f-]{36}\): Something that no client knows yet\. \| check the reference and the options of the aws vault; the answer came at http/,
    );
  });

  test('a port where nobody listens', async () => {
    const closed = await startLoopbackServer(() => undefined);
    await closed.close();
    const environment = { ...atEmulator(emulator), ...keysOf(emulatorKey), KONG_VAULT_AWS_ENDPOINT_URL: closed.url };
    const failure = `75 AWS Secrets Manager at ${new URL(closed.url).host} refuses connections (ECONNREFUSED) | ${reach}`;
    assert.equal(await awsVault(environment).failure('{vault://aws/new}'), failure);
  });

  test('the words "task role" where a policy is missing on ECS', async () => {
    emulator.fail('denied');
    const ecs = { ECS_CONTAINER_METADATA_URI_V4: 'http://127.0.0.1:9/v4' };
    const failure = await awsVault({ ...atEmulator(emulator), ...keysOf(emulatorKey), ...ecs }).failure(
      '{vault://aws/new}',
    );
    assert.match(failure, /to it; on ECS that is the task role \(taskRoleArn\), not the execution role$/);
  });
});
