import type { VaultForecast, VaultOptionValues, VaultWorld } from '../vault.ts';

type Environment = VaultWorld['environment'];

/** What the azure vault would do with these options, from the environment alone. */
export function forecastAzure(options: VaultOptionValues, environment: Environment): VaultForecast {
  const uri = options['vault_uri'];
  return {
    endpoint: typeof uri === 'string' ? new URL(uri).origin : 'nowhere: set KONG_VAULT_AZURE_VAULT_URI',
    authentication: `Azure credentials from: ${firstLink(options, environment)}`,
  };
}

/** The first link of the chain that has all it needs; whether it is good, only Azure can tell. */
function firstLink(options: VaultOptionValues, environment: Environment): string {
  const isSet = (variable: string): boolean => (environment[variable] ?? '').trim() !== '';
  const isKnown =
    (options['client_id'] !== undefined || isSet('AZURE_CLIENT_ID')) &&
    (options['tenant_id'] !== undefined || isSet('AZURE_TENANT_ID'));
  if (isKnown && isSet('AZURE_CLIENT_SECRET')) return 'client secret';
  if (isKnown && isSet('AZURE_FEDERATED_TOKEN_FILE')) return 'workload identity';
  return 'managed identity';
}
