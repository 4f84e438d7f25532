import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type ContainerCredentials, startContainerCredentials } from '../emulators/container-credentials.ts';
import { type InstanceMetadata, startInstanceMetadata } from '../emulators/instance-metadata.ts';
import { emulatorKey, startSecretsManager } from '../emulators/secrets-manager.ts';
import { awsVault, type Environment, keysOf } from './aws-world.ts';

const folder = mkdtempSync(join(tmpdir(), 'aws-region-'));
const configFile = join(folder, 'config');
let task: ContainerCredentials;
let instance: InstanceMetadata;

before(async () => {
  writeFileSync(
    configFile,
    '[default]\nregion = eu-south-1\n[profile gateway]\nregion = eu-south-2\n[profile bare]\noutput = json\n',
  );
  task = await startContainerCredentials({ key: emulatorKey });
  instance = await startInstanceMetadata({ key: emulatorKey, region: 'ap-south-1' });
});
after(async () => {
  await Promise.all([task.close(), instance.close()]);
  rmSync(folder, { recursive: true });
});

const elsewhere = { HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true', ...keysOf(emulatorKey) };

/** Reads from an emulator of that region, which refuses a signature for any other. */
async function readsIn(region: string, environment: Environment, query = ''): Promise<void> {
  const emulator = await startSecretsManager({ region });
  try {
    emulator.putSecret('kong-db', region);
    const vault = awsVault({ ...elsewhere, KONG_VAULT_AWS_ENDPOINT_URL: emulator.url, ...environment });
    assert.equal(await vault.read(`{vault://aws/kong-db${query}}`), region);
  } finally {
    await emulator.close();
  }
}

/** What gives each region, in Kong's order. */
const sources: readonly (readonly [source: string, region: string, environment: () => Environment])[] = [
  ['KONG_VAULT_AWS_REGION', 'us-gov-west-1', () => ({ KONG_VAULT_AWS_REGION: 'us-gov-west-1' })],
  ['the profile in the config file', 'eu-south-2', () => ({ AWS_CONFIG_FILE: configFile, AWS_PROFILE: 'gateway' })],
  ['AWS_REGION', 'eu-north-1', () => ({ AWS_REGION: 'eu-north-1' })],
  ['AWS_DEFAULT_REGION', 'eu-west-2', () => ({ AWS_DEFAULT_REGION: 'eu-west-2' })],
  ['the zone of the ECS task', 'eu-central-1', () => ({ ECS_CONTAINER_METADATA_URI_V4: task.metadataUrl })],
  [
    'the instance metadata',
    'ap-south-1',
    () => ({ AWS_EC2_METADATA_DISABLED: 'false', AWS_EC2_METADATA_SERVICE_ENDPOINT: instance.url }),
  ],
];

describe('the region comes', () => {
  for (const [index, [source, region, environment]] of sources.entries()) {
    test(`from ${source} alone`, () => readsIn(region, environment()));
    for (const [other, , further] of sources.slice(index + 1)) {
      test(`from ${source} before ${other}`, () => readsIn(region, { ...further(), ...environment() }));
    }
  }

  test('from the reference before everything', () => {
    const all = Object.assign({}, ...sources.map(([, , environment]) => environment()));
    return readsIn('ca-west-1', all, '?region=ca-west-1');
  });

  test('from AWS_REGION where the profile names none', () =>
    readsIn('eu-north-1', { AWS_CONFIG_FILE: configFile, AWS_PROFILE: 'bare', AWS_REGION: 'eu-north-1' }));

  test('from the default profile where AWS_PROFILE is not set', () =>
    readsIn('eu-south-1', { AWS_CONFIG_FILE: configFile }));
});

describe('without a usable region the vault stops with 78:', () => {
  test('none is found', async () => {
    const failure = '78 no AWS region | set KONG_VAULT_AWS_REGION or AWS_REGION to the region that the secret is in';
    assert.equal(await awsVault(elsewhere).failure('{vault://aws/kong-db}'), failure);
    const silent = { ...elsewhere, ECS_CONTAINER_METADATA_URI_V4: `${instance.url}/nothing` };
    assert.equal(await awsVault(silent).failure('{vault://aws/kong-db}'), failure);
  });

  test('what is found is not a region, and is not repeated', async () => {
    const vault = awsVault({ ...elsewhere, AWS_REGION: 'eu-central-1a.example.com' });
    const failure =
      '78 the AWS region from AWS_REGION is not the name of a region | give a name such as eu-central-1, without a zone letter';
    assert.equal(await vault.failure('{vault://aws/kong-db}'), failure);
  });
});

test('an ARN of another region is a warning with both regions', async (t) => {
  const emulator = await startSecretsManager({ region: 'eu-west-1' });
  t.after(() => emulator.close());
  const vault = awsVault({ ...elsewhere, KONG_VAULT_AWS_ENDPOINT_URL: emulator.url, AWS_REGION: 'eu-west-1' });
  await vault.failure('{vault://aws/arn:aws:secretsmanager:us-east-1:123456789012:secret:kong-db-AbCdEf/k}');
  assert.deepEqual(vault.lines, [
    "warn: the secret's ARN is of us-east-1, and the aws vault calls eu-west-1 (from AWS_REGION)",
  ]);
});
