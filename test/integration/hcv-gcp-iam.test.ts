import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { type GoogleMetadata, startGoogleMetadata } from '../emulators/google-metadata-server.ts';
import { createIssuer } from '../emulators/json-web-token.ts';
import { gcpMethod } from '../emulators/vault-cloud-logins.ts';
import { createGcpWorld, type GcpWorld } from './gcp-world.ts';
import { type CloudVault, startCloudVault } from './hcv-cloud-vault.ts';
import type { Environment } from './hcv-world.ts';

let vault: CloudVault;
before(async () => {
  vault = await startCloudVault();
});
after(() => vault.close());
beforeEach(() => vault.forget());

describe('gcp_iam', () => {
  const CALLER = 'ya29.s3cr3t-token-of-the-node';
  const ACCOUNT = 'vault-login@project-123.iam.gserviceaccount.com';
  const key = createIssuer('the key of the account');
  let world: GcpWorld;
  let metadata: GoogleMetadata;

  before(async () => {
    world = await createGcpWorld();
    metadata = await startGoogleMetadata({ email: 'node@project-123.iam.gserviceaccount.com', token: CALLER });
    world.google.signers.push({ email: ACCOUNT, key, callers: [CALLER, world.account.token] });
    vault.enable(
      'gcp',
      gcpMethod({ [ACCOUNT]: key, 'other@x.y': createIssuer('other') }, createIssuer('google'), {
        kong: { type: 'iam', account: ACCOUNT },
        other: { type: 'iam', account: 'other@x.y' },
      }),
    );
  });
  afterEach(() => world.google.recover());
  after(() => Promise.all([world.close(), metadata.close()]));

  const iam = (more: Environment = {}): Environment => ({
    ...world.environment,
    GCE_METADATA_HOST: metadata.host,
    KONG_VAULT_HCV_AUTH_METHOD: 'gcp_iam',
    KONG_VAULT_HCV_GCP_AUTH_ROLE: 'kong',
    KONG_VAULT_HCV_GCP_SERVICE_ACCOUNT: ACCOUNT,
    KONG_VAULT_HCV_GCP_JWT_EXP: '900',
    ...more,
  });

  test('logs in with a token that Google signs for the service account', () => vault.assertLogsIn(iam()));

  test('asks Google with the key of GCP_SERVICE_ACCOUNT where there is no metadata server', () =>
    vault.assertLogsIn(iam({ GCE_METADATA_HOST: '127.0.0.1:1', GCP_SERVICE_ACCOUNT: world.account.keyText })));

  const stops: readonly (readonly [what: string, more: () => Environment, failure: RegExp | string])[] = [
    [
      'for a role of another account',
      () => ({ KONG_VAULT_HCV_GCP_AUTH_ROLE: 'other' }),
      /^77 Vault at \S+ refused the login at auth\/gcp\/login \(status 400\): unable to find the key that signed the token \| check the role "other" in Vault: its type must be iam, vault-login@project-123\.iam\.gserviceaccount\.com one of its bound service accounts, and max_jwt_exp at least 900 s$/,
    ],
    [
      'for a token that is expired already',
      () => ({ KONG_VAULT_HCV_GCP_JWT_EXP: '0' }),
      /^77 Vault at \S+ refused the login at auth\/gcp\/login \(status 400\): token is expired \|/,
    ],
    [
      'for a longer time than Vault takes',
      () => ({ KONG_VAULT_HCV_GCP_JWT_EXP: '901' }),
      '78 auth_method gcp_iam of the hcv vault needs the option gcp_jwt_exp, from 0 to 900 | set KONG_VAULT_HCV_GCP_JWT_EXP to the seconds for which the signed token is good, such as 900',
    ],
    [
      'without a time',
      () => ({ KONG_VAULT_HCV_GCP_JWT_EXP: '' }),
      /^78 auth_method gcp_iam .* needs the option gcp_jwt_exp/,
    ],
    [
      'without an account',
      () => ({ KONG_VAULT_HCV_GCP_SERVICE_ACCOUNT: '' }),
      /^78 auth_method gcp_iam of the hcv vault needs the option gcp_service_account, which is not set/,
    ],
    [
      'for an account that is not an e-mail',
      () => ({ KONG_VAULT_HCV_GCP_SERVICE_ACCOUNT: 'kong/../other' }),
      /^78 KONG_VAULT_HCV_GCP_SERVICE_ACCOUNT: this is malformed \| give the e-mail of a service account/,
    ],
    [
      'without a role',
      () => ({ KONG_VAULT_HCV_GCP_AUTH_ROLE: '' }),
      /^78 auth_method gcp_iam .* gcp_auth_role, which is not set/,
    ],
    [
      'for a method at another path',
      () => ({ KONG_VAULT_HCV_GCP_LOGIN_PATH: '/v1/auth/absent/login' }),
      /^78 Vault at \S+ has no auth method at auth\/absent\/login/,
    ],
    [
      'for an account that it may not sign for',
      () => ({ KONG_VAULT_HCV_GCP_SERVICE_ACCOUNT: 'other@x.y' }),
      '77 node@project-123.iam.gserviceaccount.com may not sign as other@x.y (iam.serviceAccounts.signJwt), or there is no such account | give it the role Service Account Token Creator: gcloud iam service-accounts add-iam-policy-binding other@x.y --member=serviceAccount:node@project-123.iam.gserviceaccount.com --role=roles/iam.serviceAccountTokenCreator',
    ],
    ['without credentials of Google', () => ({ GCE_METADATA_HOST: '127.0.0.1:1' }), /^77 no Google credentials/],
  ];
  for (const [what, more, expected] of stops) {
    test(`stops ${what}`, async () => {
      const text = await vault.failure(iam(more()));
      if (typeof expected === 'string') assert.equal(text, expected);
      else assert.match(text, expected);
    });
  }

  const faults: readonly (readonly [fault: Parameters<GcpWorld['google']['fail']>[1], failure: string])[] = [
    [
      'throttle',
      '75 Google IAM Credentials limits the rate of requests | start fewer containers at once, or try again later',
    ],
    ['internal', '75 Google IAM Credentials failed (status 500) | try again later; see status.cloud.google.com'],
    [
      'apiDisabled',
      `78 the IAM Service Account Credentials API is not enabled in the project of ${ACCOUNT} | gcloud services enable iamcredentials.googleapis.com --project=PROJECT`,
    ],
    [
      'noScope',
      '77 the access token has no scope to sign (credentials from: metadata server) | give the instance or the node pool the access scope cloud-platform, or use Workload Identity on GKE',
    ],
    [
      'tokenExpired',
      '77 Google IAM Credentials refused the access token (credentials from: metadata server) | check that the service account is not disabled, its key not deleted, and the clock of this machine',
    ],
    [
      'invalidArgument',
      `78 Google IAM Credentials could not sign for ${ACCOUNT} (status 400, INVALID_ARGUMENT) | check KONG_VAULT_HCV_GCP_SERVICE_ACCOUNT and KONG_VAULT_HCV_GCP_JWT_EXP`,
    ],
    [
      'html',
      '78 another server answers in place of Google IAM Credentials (status 200) | check HTTPS_PROXY and the DNS of this network',
    ],
  ];
  for (const [fault, expected] of faults) {
    test(`stops where IAM Credentials answers: ${fault}`, async () => {
      world.google.fail('iamcredentials.googleapis.com', fault);
      assert.equal(await vault.failure(iam()), expected);
    });
  }
});
