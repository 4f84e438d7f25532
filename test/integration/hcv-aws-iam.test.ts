import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startVault, type VaultEmulator } from '../emulators/hashicorp-vault.ts';
import type { AccessKey } from '../emulators/signature-v4.ts';
import { type Sts, startSts } from '../emulators/sts.ts';
import { awsMethod } from '../emulators/vault-logins.ts';
import { keysOf } from './aws-world.ts';
import { type Environment, hcvVault, placeOf } from './hcv-world.ts';

const REGION = 'eu-central-1';
const ARN = 'arn:aws:iam::123456789012:role/kong';
const fromOptions: AccessKey = { id: 'AKIAOPTIONS000000000', secret: 's3cr3t-of-the-options' };
const fromVariables: AccessKey = {
  id: 'ASIAVARIABLES0000000',
  secret: 's3cr3t-of-the-variables',
  sessionToken: 's3cr3t/session==',
};
const ofRole: AccessKey = { id: 'ASIAROLE000000000000', secret: 's3cr3t-of-the-role', sessionToken: 's3cr3t/role==' };
const keys = [fromOptions, fromVariables, ofRole];
let vault: VaultEmulator;
let sts: Sts;

before(async () => {
  vault = await startVault();
  vault.mount('secret', 'v1').put('kong', { a: 'b' });
  sts = await startSts({ region: REGION, keys: [fromOptions, fromVariables], issued: ofRole });
  const roles = { options: fromOptions.id, variables: fromVariables.id, role: ofRole.id, kong: fromOptions.id };
  vault.enable('aws', awsMethod({ host: `sts.${REGION}.amazonaws.com`, region: REGION, keys, roles }));
  vault.enable('aws-eu', awsMethod({ host: new URL(sts.url).host, region: REGION, keys, roles }));
});
after(() => Promise.all([vault.close(), sts.close()]));
beforeEach(() => {
  vault.requests.length = 0;
  vault.given.length = 0;
  vault.revoked.length = 0;
  sts.calls.length = 0;
});

/** No link of the chain of credentials leaves this machine. */
const iam = (more: Environment = {}): Environment => ({
  ...placeOf(vault),
  HOME: '/nonexistent',
  AWS_EC2_METADATA_DISABLED: 'true',
  KONG_VAULT_HCV_AUTH_METHOD: 'aws_iam',
  KONG_VAULT_HCV_AWS_AUTH_REGION: REGION,
  ...more,
});
const optionKeys = (key: AccessKey): Environment => ({
  KONG_VAULT_HCV_AWS_ACCESS_KEY_ID: key.id,
  KONG_VAULT_HCV_AWS_SECRET_ACCESS_KEY: key.secret,
});
const atSts = (): Environment => ({
  KONG_VAULT_HCV_AWS_STS_ENDPOINT_URL: sts.url,
  KONG_VAULT_HCV_AWS_LOGIN_PATH: '/v1/auth/aws-eu/login',
});
const asRole = { KONG_VAULT_HCV_AWS_ASSUME_ROLE_ARN: ARN };

describe('aws_iam logs in with a request to STS, signed', () => {
  const rows: readonly (readonly [by: string, role: string, environment: () => Environment])[] = [
    ["with the options' key", 'options', () => optionKeys(fromOptions)],
    ["with the variables' key, its session token included", 'variables', () => keysOf(fromVariables)],
    [
      "with the options' key where the variables have one too",
      'options',
      () => ({ ...keysOf(fromVariables), ...optionKeys(fromOptions) }),
    ],
    ['for the role that is named after the principal', '', () => optionKeys(fromOptions)],
    ['for an STS of its own, at another path', 'options', () => ({ ...optionKeys(fromOptions), ...atSts() })],
  ];
  for (const [by, role, environment] of rows) {
    test(`${by}; its token is revoked`, async () => {
      const opened = hcvVault(iam({ KONG_VAULT_HCV_AWS_AUTH_ROLE: role, ...environment() }));
      assert.equal(await opened.read('{vault://hcv/kong}'), '{"a":"b"}');
      await opened.close();
      assert.equal(vault.requests.length, 3);
      assert.deepEqual(vault.revoked, vault.given);
      assert.deepEqual([opened.lines, sts.calls], [[], []]);
    });
  }

  for (const [who, key, name] of [
    ['the options', fromOptions, undefined],
    ['the variables', fromVariables, 'gateway'],
  ] as const) {
    test(`as a role that is assumed with the key of ${who}`, async () => {
      const source = who === 'the options' ? optionKeys(key) : keysOf(key);
      const session = name === undefined ? {} : { KONG_VAULT_HCV_AWS_ROLE_SESSION_NAME: name };
      const environment = { ...source, ...atSts(), ...asRole, ...session, KONG_VAULT_HCV_AWS_AUTH_ROLE: 'role' };
      assert.equal(await hcvVault(iam(environment)).read('{vault://hcv/kong}'), '{"a":"b"}');
      assert.deepEqual(sts.calls, [
        { action: 'AssumeRole', accessKeyId: key.id, roleArn: ARN, sessionName: name ?? 'kong' },
      ]);
    });
  }
});

describe('aws_iam stops', () => {
  const rows: readonly (readonly [what: string, environment: () => Environment, failure: RegExp])[] = [
    [
      'for a secret key that is wrong, whose signature is not repeated',
      () => optionKeys({ ...fromOptions, secret: 's3cr3t-wrong' }),
      /^77 Vault at \S+ refused the login at auth\/aws\/login \(status 400\) \| check the role in Vault: its bound IAM principal must be this one; and that auth\/aws is set up for STS in eu-central-1/,
    ],
    [
      'for a principal that is not bound',
      () => ({ ...optionKeys(fromOptions), KONG_VAULT_HCV_AWS_AUTH_ROLE: 'variables' }),
      /^77 Vault at \S+ refused the login at auth\/aws\/login \(status 400\): IAM Principal does not belong to the role "variables" \| /,
    ],
    [
      'for another region than Vault is set up for',
      () => ({ ...optionKeys(fromOptions), KONG_VAULT_HCV_AWS_AUTH_REGION: 'us-east-1' }),
      /^77 Vault at \S+ refused the login .*STS in us-east-1/,
    ],
    [
      'without a region',
      () => ({ ...optionKeys(fromOptions), KONG_VAULT_HCV_AWS_AUTH_REGION: '' }),
      /^78 auth_method aws_iam of the hcv vault needs the option aws_auth_region, which is not set/,
    ],
    [
      'for half a key',
      () => ({ KONG_VAULT_HCV_AWS_ACCESS_KEY_ID: 'AKIAX' }),
      /^78 aws_access_key_id and aws_secret_access_key are a pair, and one of them is not set \| set both/,
    ],
    [
      'for the other half',
      () => ({ KONG_VAULT_HCV_AWS_SECRET_ACCESS_KEY: 's3cr3t' }),
      /^78 aws_access_key_id and aws_secret_access_key are a pair/,
    ],
    ['without credentials', () => ({}), /^77 no AWS credentials \(environment: .*\) \| give the container a role/],
    [
      'for a method that is not enabled',
      () => ({ ...optionKeys(fromOptions), KONG_VAULT_HCV_AWS_LOGIN_PATH: '/v1/auth/absent/login' }),
      /^78 Vault at \S+ has no auth method at auth\/absent\/login/,
    ],
    [
      'for a login path that climbs',
      () => ({ ...optionKeys(fromOptions), KONG_VAULT_HCV_AWS_LOGIN_PATH: '/v1/../x' }),
      /^78 aws_login_path has a part that is empty, \. or \.\./,
    ],
    [
      'for a role that STS does not give',
      () => ({ ...optionKeys({ ...fromOptions, secret: 's3cr3t-wrong' }), ...atSts(), ...asRole }),
      /^77 AWS refused the signature of the request/,
    ],
  ];
  for (const [what, environment, failure] of rows) {
    test(what, async () => {
      const text = await hcvVault(iam(environment())).failure('{vault://hcv/kong}');
      assert.match(text, failure);
      assert.doesNotMatch(text, /Signature=|AWS4-HMAC/);
    });
  }
});
