import type { VaultForecast, VaultOptionValues, VaultWorld } from '../vault.ts';

/** What the gcp vault would do with these options, from the environment alone. */
export function forecastGcp(options: VaultOptionValues, environment: VaultWorld['environment']): VaultForecast {
  const project = options['project_id'];
  return {
    endpoint:
      typeof project === 'string'
        ? `https://secretmanager.googleapis.com/v1/projects/${project}`
        : 'nowhere: set KONG_VAULT_GCP_PROJECT_ID',
    authentication: `Google credentials from: ${sources(environment)}`,
  };
}

/** In the order in which they are asked; whether the metadata server is there, only asking tells. */
function sources(environment: VaultWorld['environment']): string {
  const order = environment['GCP_AUTH_METHOD_ORDER']?.trim() ?? '';
  if (!['', 'legacy', 'adc'].includes(order)) return 'nowhere: GCP_AUTH_METHOD_ORDER is neither adc nor legacy';
  const hasKey = (environment['GCP_SERVICE_ACCOUNT'] ?? '').trim() !== '';
  if (!hasKey) return 'metadata server';
  return order === 'adc' ? 'GCP_SERVICE_ACCOUNT' : 'metadata server, else GCP_SERVICE_ACCOUNT';
}
