import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, type TestContext, test } from 'node:test';
import { createIssuer } from '../emulators/json-web-token.ts';
import { type ManagedIdentityOptions, startManagedIdentity } from '../emulators/managed-identity.ts';
import { azureMethod } from '../emulators/vault-cloud-logins.ts';
import { type CloudVault, startCloudVault } from './hcv-cloud-vault.ts';
import type { Environment } from './hcv-world.ts';

let vault: CloudVault;
before(async () => {
  vault = await startCloudVault();
});
after(() => vault.close());
beforeEach(() => vault.forget());

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
    test(`logs in as ${as}`, async (t) => vault.assertLogsIn(await azure(t, options, more)));
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
      `77 auth_method azure of the hcv vault found no identity (managed identity: no identity is assigned here (status 400)) | ${none}`,
    ],
    [
      'where the machine is not told',
      { machine: {} },
      {},
      `77 auth_method azure of the hcv vault found no identity (instance metadata: its answer does not name this machine) | ${none}`,
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
      const text = await vault.failure(await azure(t, options, more));
      if (typeof expected === 'string') assert.equal(text, expected);
      else assert.match(text, expected);
    });
  }
});
