import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { azureBackend } from '../../src/vaults/azure/options.ts';
import { gcpBackend } from '../../src/vaults/gcp/options.ts';
import type { VaultBackend, VaultOptionValues } from '../../src/vaults/vault.ts';

type Row = readonly [options: VaultOptionValues, environment: Readonly<Record<string, string>>, forecast: object];

function forecasts(name: string, backend: VaultBackend, rows: readonly Row[]): void {
  describe(`the ${name} vault forecasts`, () => {
    for (const [options, environment, forecast] of rows) {
      test(`${JSON.stringify(options)} with ${Object.keys(environment).join(' ') || 'nothing set'}`, async () => {
        const secret = { secretId: 'kong-db', version: undefined };
        assert.deepEqual(await backend.forecast(options, secret, environment), forecast);
      });
    }
  });
}

const project = { project_id: 'project-123' };
const google = (sources: string) => ({
  endpoint: 'https://secretmanager.googleapis.com/v1/projects/project-123',
  authentication: `Google credentials from: ${sources}`,
});
const key = { GCP_SERVICE_ACCOUNT: '{"private_key":"hunter2"}' };

forecasts('gcp', gcpBackend, [
  [project, {}, google('metadata server')],
  [project, key, google('metadata server, else GCP_SERVICE_ACCOUNT')],
  [project, { ...key, GCP_AUTH_METHOD_ORDER: 'legacy' }, google('metadata server, else GCP_SERVICE_ACCOUNT')],
  [project, { ...key, GCP_AUTH_METHOD_ORDER: 'adc' }, google('GCP_SERVICE_ACCOUNT')],
  [project, { GCP_AUTH_METHOD_ORDER: 'adc' }, google('metadata server')],
  [project, { ...key, GCP_AUTH_METHOD_ORDER: 'x' }, google('nowhere: GCP_AUTH_METHOD_ORDER is neither adc nor legacy')],
  [
    {},
    {},
    {
      endpoint: 'nowhere: set KONG_VAULT_GCP_PROJECT_ID',
      authentication: 'Google credentials from: metadata server',
    },
  ],
]);

const uri = { vault_uri: 'https://kong-vault.vault.azure.net/' };
const ids = { client_id: '99999999-8888-7777-6666-555555555555', tenant_id: 'example.com' };
const azure = (link: string) => ({
  endpoint: 'https://kong-vault.vault.azure.net',
  authentication: `Azure credentials from: ${link}`,
});
const secret = { AZURE_CLIENT_SECRET: 'hunter2' };
const file = { AZURE_FEDERATED_TOKEN_FILE: '/nonexistent' };

forecasts('azure', azureBackend, [
  [uri, {}, azure('managed identity')],
  [uri, { ...secret, ...file }, azure('managed identity')],
  [{ ...uri, ...ids }, { ...secret, ...file }, azure('client secret')],
  [{ ...uri, ...ids }, file, azure('workload identity')],
  [{ ...uri, client_id: ids.client_id }, { ...secret, AZURE_TENANT_ID: 'example.com' }, azure('client secret')],
  [uri, { ...file, AZURE_TENANT_ID: 'example.com', AZURE_CLIENT_ID: 'x' }, azure('workload identity')],
  [
    {},
    {},
    {
      endpoint: 'nowhere: set KONG_VAULT_AZURE_VAULT_URI',
      authentication: 'Azure credentials from: managed identity',
    },
  ],
]);
