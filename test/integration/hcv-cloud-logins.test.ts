import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { after, afterEach, before, beforeEach, describe, type TestContext, test } from 'node:test';
import {
  type GoogleMetadata,
  type GoogleMetadataOptions,
  startGoogleMetadata,
} from '../emulators/google-metadata-server.ts';
import { startVault, type VaultEmulator } from '../emulators/hashicorp-vault.ts';
import { startInstanceMetadata } from '../emulators/instance-metadata.ts';
import { createIssuer } from '../emulators/json-web-token.ts';
import { type ManagedIdentityOptions, startManagedIdentity } from '../emulators/managed-identity.ts';
import { azureMethod, ec2Method, gcpMethod } from '../emulators/vault-cloud-logins.ts';
import { createGcpWorld, type GcpWorld } from './gcp-world.ts';
import { type Environment, hcvVault, placeOf } from './hcv-world.ts';

let vault: VaultEmulator;

before(async () => {
  vault = await startVault();
  vault.mount('secret', 'v1').put('kong', { a: 'b' });
});
after(() => vault.close());
beforeEach(() => {
  vault.requests.length = 0;
  vault.given.length = 0;
  vault.revoked.length = 0;
});

/** The secret is read with the token of a login, which is revoked at the end. */
async function assertLogsIn(environment: Environment): Promise<void> {
  const opened = hcvVault({ ...placeOf(vault), ...environment });
  assert.equal(await opened.read('{vault://hcv/kong}'), '{"a":"b"}');
  await opened.close();
  assert.equal(vault.given.length, 1);
  assert.deepEqual(vault.revoked, vault.given);
  assert.deepEqual(opened.lines, []);
}

async function failure(environment: Environment): Promise<string> {
  return hcvVault({ ...placeOf(vault), ...environment }).failure('{vault://hcv/kong}');
}

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

  test('logs in with a token that Google signs for the service account', () => assertLogsIn(iam()));

  test('asks Google with the key of GCP_SERVICE_ACCOUNT where there is no metadata server', () =>
    assertLogsIn(iam({ GCE_METADATA_HOST: '127.0.0.1:1', GCP_SERVICE_ACCOUNT: world.account.keyText })));

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
      'for an account that is no e-mail',
      () => ({ KONG_VAULT_HCV_GCP_SERVICE_ACCOUNT: 'kong/../other' }),
      /^78 KONG_VAULT_HCV_GCP_SERVICE_ACCOUNT: this is text of another form \| give the e-mail of a service account/,
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
      const text = await failure(iam(more()));
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
      '78 what answers as Google IAM Credentials is something else (status 200) | check HTTPS_PROXY and the DNS of this network',
    ],
  ];
  for (const [fault, expected] of faults) {
    test(`stops where IAM Credentials answers: ${fault}`, async () => {
      world.google.fail('iamcredentials.googleapis.com', fault);
      assert.equal(await failure(iam()), expected);
    });
  }
});

describe('gcp_gce', () => {
  const NODE = 'node@project-123.iam.gserviceaccount.com';
  const google = createIssuer('https://accounts.google.com');
  const instance = { project_id: 'project-123', zone: 'europe-west3-a', instance_id: '1', instance_name: 'kong' };

  before(() =>
    vault.enable(
      'gce',
      gcpMethod({}, google, {
        kong: { type: 'gce', account: NODE, project: 'project-123' },
        elsewhere: { type: 'gce', account: NODE, project: 'other' },
      }),
    ),
  );

  async function gce(t: TestContext, options: Partial<GoogleMetadataOptions> = {}, more: Environment = {}) {
    const identity = { issuer: google, instance };
    const server = await startGoogleMetadata({ email: NODE, token: 'ya29', identity, ...options });
    t.after(() => server.close());
    return {
      GCE_METADATA_HOST: server.host,
      KONG_VAULT_HCV_AUTH_METHOD: 'gcp_gce',
      KONG_VAULT_HCV_GCP_AUTH_ROLE: 'kong',
      KONG_VAULT_HCV_GCP_LOGIN_PATH: '/v1/auth/gce/login',
      ...more,
    };
  }

  test('logs in with the identity token of the instance', async (t) => assertLogsIn(await gce(t)));

  const stops: readonly (readonly [
    what: string,
    options: Partial<GoogleMetadataOptions>,
    more: Environment,
    failure: RegExp,
  ])[] = [
    [
      'for a role of another project',
      {},
      { KONG_VAULT_HCV_GCP_AUTH_ROLE: 'elsewhere' },
      /^77 Vault at \S+ refused the login at auth\/gce\/login \(status 400\): instance is not in a project that is bound \| check the role "elsewhere" in Vault: its type must be gce, and its bound projects, zones, labels and service accounts must be those of this instance$/,
    ],
    [
      'for a token that somebody else signed',
      { identity: { issuer: createIssuer('https://accounts.google.com'), instance } },
      {},
      /^77 Vault at \S+ refused the login .*: unable to verify the instance identity token \|/,
    ],
    [
      'for another account',
      { email: 'other@x.y' },
      {},
      /^77 Vault at \S+ refused the login .*: service account is not bound to this role \|/,
    ],
    [
      'where no account is attached',
      { fault: 'noAccount' },
      {},
      /^77 auth_method gcp_gce of the hcv vault has no identity to show \(metadata server: no service account is attached \(status 404\)\) \| start on Compute Engine, with a service account attached to the instance; elsewhere use auth_method gcp_iam$/,
    ],
    [
      'where something else answers',
      { fault: 'noFlavor' },
      {},
      /\(metadata server: what answers there is something else \(status 200\)\)/,
    ],
    [
      'outside of Google Cloud',
      {},
      { GCE_METADATA_HOST: '127.0.0.1:1' },
      /^77 .*\(metadata server: the metadata server at 127\.0\.0\.1:1 refuses connections/,
    ],
    [
      'for a host that is none',
      {},
      { GCE_METADATA_HOST: 'a b' },
      /^77 .*\(metadata server: GCE_METADATA_HOST is no host\)/,
    ],
    [
      'without a role',
      {},
      { KONG_VAULT_HCV_GCP_AUTH_ROLE: '' },
      /^78 auth_method gcp_gce .* gcp_auth_role, which is not set/,
    ],
  ];
  for (const [what, options, more, expected] of stops) {
    test(`stops ${what}`, async (t) => assert.match(await failure(await gce(t, options, more)), expected));
  }
});

describe('azure', () => {
  const RESOURCE = 'https://management.azure.com/';
  const entra = createIssuer('https://sts.windows.net/tenant/');
  const compute = { subscriptionId: 's-1', resourceGroupName: 'gateways', name: 'vm-1', vmScaleSetName: '' };
  const jwt = (claims: object = {}) => entra.issue({ aud: RESOURCE, oid: 'o-1', ...claims });

  before(() =>
    vault.enable(
      'azure',
      azureMethod(
        entra,
        RESOURCE,
        [
          { identity: 'o-1', subscription: 's-1', group: 'gateways', vm: 'vm-1' },
          { identity: 'o-2', subscription: 's-1', group: 'gateways', scaleSet: 'set-1' },
        ],
        { kong: { boundGroup: 'gateways' }, other: { boundGroup: 'others' }, app: { boundIdentity: 'o-3' } },
      ),
    ),
  );

  async function azure(t: TestContext, options: Partial<ManagedIdentityOptions> = {}, more: Environment = {}) {
    const server = await startManagedIdentity({
      kind: 'imds',
      token: jwt(),
      resource: RESOURCE,
      machine: compute,
      ...options,
    });
    t.after(() => server.close());
    return {
      ...server.environment,
      KONG_VAULT_HCV_AUTH_METHOD: 'azure',
      KONG_VAULT_HCV_AZURE_AUTH_ROLE: 'kong',
      ...more,
    };
  }

  const inSet = { token: jwt({ oid: 'o-2' }), machine: { ...compute, name: 'set-1_0', vmScaleSetName: 'set-1' } };
  const CLIENT = '11111111-2222-3333-4444-555555555555';
  const ways: readonly (readonly [as: string, options: Partial<ManagedIdentityOptions>, more: Environment])[] = [
    ['a machine', {}, {}],
    ['a machine of a scale set', inSet, {}],
    ['an identity that a user assigned', { clientId: CLIENT }, { AZURE_CLIENT_ID: CLIENT }],
    [
      'an app, which is on no machine',
      { kind: 'appService', token: jwt({ oid: 'o-3' }) },
      { KONG_VAULT_HCV_AZURE_AUTH_ROLE: 'app' },
    ],
  ];
  for (const [as, options, more] of ways) {
    test(`logs in as ${as}`, async (t) => assertLogsIn(await azure(t, options, more)));
  }

  const none =
    'assign a managed identity to the machine, the scale set or the app; AZURE_CLIENT_ID names one of several';
  const stops: readonly (readonly [
    what: string,
    options: Partial<ManagedIdentityOptions>,
    more: Environment,
    failure: RegExp | string,
  ])[] = [
    [
      'for a role of another resource group',
      {},
      { KONG_VAULT_HCV_AZURE_AUTH_ROLE: 'other' },
      /^77 Vault at \S+ refused the login at auth\/azure\/login \(status 400\): resource group not authorized \| check the role "other" in Vault: what it is bound to \(identity, subscription, resource group, scale set\) must be those of this container; and that auth\/azure is set up for the resource https:\/\/management\.azure\.com\/$/,
    ],
    [
      'for a token that somebody else signed',
      { token: createIssuer('https://sts.windows.net/tenant/').issue({ aud: RESOURCE, oid: 'o-1' }) },
      {},
      /^77 Vault at \S+ refused the login at auth\/azure\/login \(status 400\) \| check the role/,
    ],
    [
      'for a token of another identity',
      { token: jwt({ oid: 'o-9' }) },
      {},
      /: token object id does not match virtual machine identity \|/,
    ],
    [
      'for a token that is expired',
      { token: jwt({ exp: 1 }) },
      {},
      /^77 Vault at \S+ refused the login at auth\/azure\/login \(status 400\) \| check the role/,
    ],
    [
      'where no identity is assigned',
      { clientId: 'other' },
      {},
      `77 auth_method azure of the hcv vault has no identity to show (managed identity: no identity is assigned here (status 400)) | ${none}`,
    ],
    [
      'where the machine is not told',
      { machine: {} },
      {},
      `77 auth_method azure of the hcv vault has no identity to show (instance metadata: its answer does not name this machine) | ${none}`,
    ],
    [
      'without a role',
      {},
      { KONG_VAULT_HCV_AZURE_AUTH_ROLE: '' },
      /^78 auth_method azure .* azure_auth_role, which is not set/,
    ],
  ];
  for (const [what, options, more, expected] of stops) {
    test(`stops ${what}`, async (t) => {
      const text = await failure(await azure(t, options, more));
      if (typeof expected === 'string') assert.equal(text, expected);
      else assert.match(text, expected);
    });
  }
});

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
    test(`logs in ${how}`, async (t) => assertLogsIn(await ec2(t, instance, more)));
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
      `77 auth_method aws_ec2 of the hcv vault has no identity to show (AWS_EC2_METADATA_DISABLED is set) | ${onEc2}`,
    ],
    [
      'outside of EC2',
      {},
      { AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:1' },
      /^77 auth_method aws_ec2 of the hcv vault has no identity to show \(instance metadata: .*\) \| start on EC2/,
    ],
  ];
  for (const [what, instance, more, expected] of stops) {
    test(`stops ${what}`, async (t) => {
      const text = await failure(await ec2(t, instance, more));
      if (typeof expected === 'string') assert.equal(text, expected);
      else assert.match(text, expected);
    });
  }

  test('does not repeat words of Vault that hold the nonce', async (t) => {
    vault.fail({ status: 400, body: { errors: ['what is s3cr3t-nonce?'] } });
    assert.match(
      await failure(await ec2(t)),
      /^77 Vault at \S+ refused the login at auth\/aws\/login \(status 400\) \| /,
    );
  });

  test('stops at the second login where Vault allows one', async (t) => {
    const environment = await ec2(t, {}, { KONG_VAULT_HCV_AWS_LOGIN_PATH: '/v1/auth/once/login' });
    await assertLogsIn(environment);
    assert.match(await failure(environment), /^77 .*: reauthentication is disabled \|/);
  });
});
