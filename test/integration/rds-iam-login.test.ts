import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { createIamToken } from '../../src/database/connection/iam-token.ts';
import { readConnectionSettings } from '../../src/database/connection-settings.ts';
import { knowSettings } from '../../src/references/known-settings.ts';
import { revealSecret } from '../../src/secret.ts';
import { gatherSettings } from '../../src/settings/gather-settings.ts';
import { type RdsInstance, refusalOfRds } from '../emulators/rds-login.ts';
import type { AccessKey } from '../emulators/signature-v4.ts';
import { type Sts, startSts } from '../emulators/sts.ts';
import { keysOf } from './aws-world.ts';
import type { Environment } from './hcv-world.ts';

const REGION = 'eu-central-1';
const ROLE = 'arn:aws:iam::123456789012:role/kong-database';
const task: AccessKey = { id: 'ASIATASK000000000000', secret: 's3cr3t-of-the-task', sessionToken: 's3cr3t/task==' };
const ofRole: AccessKey = { id: 'ASIAROLE000000000000', secret: 's3cr3t-of-the-role', sessionToken: 's3cr3t/role==' };
const instance: RdsInstance = {
  host: 'kong.abcdefghijkl.eu-central-1.rds.amazonaws.com',
  port: 5433,
  region: REGION,
  users: ['kong'],
  keys: [task],
};

let sts: Sts;
before(async () => {
  sts = await startSts({ region: REGION, keys: [task], issued: ofRole });
});
after(() => sts.close());
beforeEach(() => sts.calls.splice(0));

const base: Environment = {
  HOME: '/nonexistent',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_REGION: REGION,
  KONG_PG_IAM_AUTH: 'on',
  KONG_PG_HOST: instance.host,
  KONG_PG_PORT: String(instance.port),
  KONG_PG_USER: 'kong',
  KONG_LUA_SSL_TRUSTED_CERTIFICATE: '',
  ...keysOf(task),
};

/** The token that a login with these variables would send as its password. */
async function tokenFor(environment: Environment): Promise<string> {
  const known = knowSettings({ ...gatherSettings({ environment }) });
  const silent = (): void => undefined;
  const log = { error: silent, warn: silent, info: silent, debug: silent };
  const world = { environment, log, signal: new AbortController().signal };
  return revealSecret(await createIamToken(readConnectionSettings(known), world));
}

describe('pg_iam_auth', () => {
  test('logs in to RDS with a token that is signed for this host, port and user', async () => {
    assert.equal(refusalOfRds(await tokenFor(base), 'kong', instance), undefined);
  });

  test('logs in as a role that is assumed first', async () => {
    const role = {
      KONG_PG_IAM_AUTH_ASSUME_ROLE_ARN: ROLE,
      KONG_PG_IAM_AUTH_STS_ENDPOINT_URL: sts.url,
    };
    const token = await tokenFor({ ...base, ...role });
    assert.equal(refusalOfRds(token, 'kong', { ...instance, keys: [ofRole] }), undefined);
    assert.deepEqual(sts.calls, [
      { action: 'AssumeRole', accessKeyId: task.id, roleArn: ROLE, sessionName: 'KongPostgres' },
    ]);
  });

  const nearly: readonly (readonly [what: string, environment: Environment])[] = [
    ['another host or port', { KONG_PG_PORT: '5432' }],
    ['another host or port', { KONG_PG_HOST: instance.host.replace('kong', 'other') }],
    ['another user', { KONG_PG_USER: 'postgres' }],
    ['another region', { AWS_REGION: 'eu-west-1' }],
    ['a key that is not known', { AWS_ACCESS_KEY_ID: 'ASIAOTHER00000000000' }],
    ['another session token', { AWS_SESSION_TOKEN: 's3cr3t/old==' }],
    ['another signature', { AWS_SECRET_ACCESS_KEY: 's3cr3t-wrong' }],
  ];
  for (const [what, changed] of nearly) {
    test(`is refused by RDS for ${what}: ${Object.keys(changed)}`, async () => {
      assert.equal(refusalOfRds(await tokenFor({ ...base, ...changed }), 'kong', instance), what);
    });
  }
});
