import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { after, before, beforeEach, describe, type TestContext, test } from 'node:test';
import { startInstanceMetadata } from '../emulators/instance-metadata.ts';
import { ec2Method } from '../emulators/vault-cloud-logins.ts';
import { type CloudVault, startCloudVault } from './hcv-cloud-vault.ts';
import type { Environment } from './hcv-world.ts';

let vault: CloudVault;
before(async () => {
  vault = await startCloudVault();
});
after(() => vault.close());
beforeEach(() => vault.forget());

describe('aws_ec2', () => {
  const amazon = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = { id: 'ASIAINSTANCE00000000', secret: 's3cr3t-of-the-instance', sessionToken: 's3cr3t/session==' };
  const documentOf = (change: object = {}) =>
    JSON.stringify(
      { instanceId: 'i-1', imageId: 'ami-1', region: 'eu-central-1', pendingTime: '2026-11-01T00:00:00Z', ...change },
      null,
      2,
    );

  before(() => {
    vault.enable(
      'aws',
      ec2Method({ amazon: amazon.publicKey, roles: { kong: 'ami-1', 'ami-1': 'ami-1', other: 'ami-2' } }),
    );
    vault.enable('once', ec2Method({ amazon: amazon.publicKey, roles: { kong: 'ami-1' }, onlyOnce: true }));
  });

  /** Amazon writes a signature in lines. */
  function signatureOf(document: string): string {
    const text = sign('sha256', Buffer.from(document), amazon.privateKey).toString('base64');
    return text.replace(/.{64}/g, '$&\n');
  }

  type Instance = { readonly document?: string; readonly signature?: string; readonly version?: 1 | 2 };

  async function ec2(t: TestContext, instance: Instance = {}, more: Environment = {}): Promise<Environment> {
    const { document = documentOf(), signature = signatureOf(document), version = 2 } = instance;
    const pages = {
      '/latest/dynamic/instance-identity/document': document,
      '/latest/dynamic/instance-identity/signature': signature,
    };
    const server = await startInstanceMetadata({ key, version, pages });
    t.after(() => server.close());
    return {
      HOME: '/nonexistent',
      AWS_EC2_METADATA_SERVICE_ENDPOINT: server.url,
      KONG_VAULT_HCV_AUTH_METHOD: 'aws_ec2',
      KONG_VAULT_HCV_AWS_AUTH_ROLE: 'kong',
      KONG_VAULT_HCV_AWS_AUTH_NONCE: 's3cr3t-nonce',
      ...more,
    };
  }

  const ways: readonly (readonly [how: string, instance: Instance, more: Environment])[] = [
    ['with the signed document of the instance and a nonce', {}, {}],
    ['again with the same nonce, as Kong does afterwards', {}, {}],
    ['by instance metadata of version 1', { version: 1 }, {}],
    ['for the role that is named after the AMI', {}, { KONG_VAULT_HCV_AWS_AUTH_ROLE: '' }],
  ];
  for (const [how, instance, more] of ways) {
    test(`logs in ${how}`, async (t) => vault.assertLogsIn(await ec2(t, instance, more)));
  }

  const onEc2 =
    'start on EC2, with a hop limit of 2 for the instance metadata where a container asks (aws ec2 modify-instance-metadata-options); elsewhere use auth_method aws_iam';
  const stops: readonly (readonly [what: string, instance: Instance, more: Environment, failure: RegExp | string])[] = [
    [
      'for another nonce than that of the first login',
      {},
      { KONG_VAULT_HCV_AWS_AUTH_NONCE: 's3cr3t-other' },
      /^77 Vault at \S+ refused the login at auth\/aws\/login \(status 400\): client nonce mismatch \| check the role in Vault: what it is bound to \(AMI, account, region, VPC, role\) must be that of this instance; the nonce, which must be the one that this instance logged in with first; and that disallow_reauthentication is off, since this start logs in, and then Kong$/,
    ],
    [
      'for a document that is older than that of the first login',
      { document: documentOf({ pendingTime: '2026-10-01T00:00:00Z' }) },
      {},
      /: instance meta-data is older than that of before \|/,
    ],
    [
      'for a document that was changed',
      { document: documentOf({ imageId: 'ami-2' }), signature: signatureOf(documentOf()) },
      { KONG_VAULT_HCV_AWS_AUTH_ROLE: 'other' },
      /^77 Vault at \S+ refused the login at auth\/aws\/login \(status 400\) \| check the role/,
    ],
    [
      'for a role of another AMI',
      {},
      { KONG_VAULT_HCV_AWS_AUTH_ROLE: 'other' },
      /: AMI ID "ami-1" does not belong to role "other" \|/,
    ],
    [
      'without a nonce',
      {},
      { KONG_VAULT_HCV_AWS_AUTH_NONCE: '' },
      /^78 auth_method aws_ec2 .* aws_auth_nonce, which is not set/,
    ],
    [
      'where the instance metadata may not be asked',
      {},
      { AWS_EC2_METADATA_DISABLED: 'true' },
      `77 auth_method aws_ec2 of the hcv vault found no identity (AWS_EC2_METADATA_DISABLED is set) | ${onEc2}`,
    ],
    [
      'outside EC2',
      {},
      { AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:1' },
      /^77 auth_method aws_ec2 of the hcv vault found no identity \(instance metadata: .*\) \| start on EC2/,
    ],
  ];
  for (const [what, instance, more, expected] of stops) {
    test(`stops ${what}`, async (t) => {
      const text = await vault.failure(await ec2(t, instance, more));
      if (typeof expected === 'string') assert.equal(text, expected);
      else assert.match(text, expected);
    });
  }

  test('does not repeat words of Vault that hold the nonce', async (t) => {
    vault.fail({ status: 400, body: { errors: ['what is s3cr3t-nonce?'] } });
    assert.match(
      await vault.failure(await ec2(t)),
      /^77 Vault at \S+ refused the login at auth\/aws\/login \(status 400\) \| /,
    );
  });

  test('stops at the second login where Vault allows one', async (t) => {
    const environment = await ec2(t, {}, { KONG_VAULT_HCV_AWS_LOGIN_PATH: '/v1/auth/once/login' });
    await vault.assertLogsIn(environment);
    assert.match(await vault.failure(environment), /^77 .*: reauthentication is disabled \|/);
  });
});
