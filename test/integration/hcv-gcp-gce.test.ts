import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, type TestContext, test } from 'node:test';
import { type GoogleMetadataOptions, startGoogleMetadata } from '../emulators/google-metadata-server.ts';
import { createIssuer } from '../emulators/json-web-token.ts';
import { gcpMethod } from '../emulators/vault-cloud-logins.ts';
import { type CloudVault, startCloudVault } from './hcv-cloud-vault.ts';
import type { Environment } from './hcv-world.ts';

let vault: CloudVault;
before(async () => {
  vault = await startCloudVault();
});
after(() => vault.close());
beforeEach(() => vault.forget());

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

  test('logs in with the identity token of the instance', async (t) => vault.assertLogsIn(await gce(t)));

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
      /^77 auth_method gcp_gce of the hcv vault found no identity \(metadata server: no service account is attached \(status 404\)\) \| start on Compute Engine, with a service account attached to the instance; elsewhere use auth_method gcp_iam$/,
    ],
    [
      'where something else answers',
      { fault: 'noFlavor' },
      {},
      /\(metadata server: another server answers there \(status 200\)\)/,
    ],
    [
      'outside Google Cloud',
      {},
      { GCE_METADATA_HOST: '127.0.0.1:1' },
      /^77 .*\(metadata server: the metadata server at 127\.0\.0\.1:1 refuses connections/,
    ],
    [
      'for a host that is none',
      {},
      { GCE_METADATA_HOST: 'a b' },
      /^77 .*\(metadata server: GCE_METADATA_HOST is not a host\)/,
    ],
    [
      'without a role',
      {},
      { KONG_VAULT_HCV_GCP_AUTH_ROLE: '' },
      /^78 auth_method gcp_gce .* gcp_auth_role, which is not set/,
    ],
  ];
  for (const [what, options, more, expected] of stops) {
    test(`stops ${what}`, async (t) => assert.match(await vault.failure(await gce(t, options, more)), expected));
  }
});
