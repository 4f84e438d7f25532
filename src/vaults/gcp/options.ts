import { SettingError } from '../../errors.ts';
import { textOf } from '../option-value.ts';
import type { Vault, VaultBackend, VaultForecast, VaultOptionValues, VaultWorld } from '../vault.ts';

/** A project's ID, one of a domain's (`example.com:project`), or a project's number. */
const projectForm = {
  pattern: /^(?:[a-z0-9.-]{1,100}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$|^\d{1,20}$/,
  accepted: 'the ID of a project, such as my-project-123, or its number',
};

/** The `gcp` backend: Google Secret Manager. Enterprise, since 2.8.1.3 and 3.0. */
export const gcpBackend: VaultBackend = {
  options: [{ name: 'project_id', type: 'string', form: projectForm }],
  async open(options: VaultOptionValues, world: VaultWorld): Promise<Vault> {
    const project = textOf(options, 'project_id');
    if (project === undefined) {
      throw new SettingError('no Google Cloud project', {
        hint: 'set KONG_VAULT_GCP_PROJECT_ID to the ID of the project that the secret is in, or write ?project_id= in the reference',
      });
    }
    const { openSecretManager } = await import('./fetch.ts');
    return openSecretManager(project, world);
  },
  forecast: async (options, _name, environment) => forecastGcp(options, environment),
};

function forecastGcp(options: VaultOptionValues, environment: VaultWorld['environment']): VaultForecast {
  const project = textOf(options, 'project_id');
  return {
    endpoint:
      project === undefined
        ? 'nowhere: set KONG_VAULT_GCP_PROJECT_ID'
        : `https://secretmanager.googleapis.com/v1/projects/${project}`,
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
