import { SettingError } from '../../errors.ts';
import type { Vault, VaultBackend, VaultOptionValues, VaultWorld } from '../vault.ts';

/** A project's ID, one of a domain's (`example.com:project`), or a project's number. */
const projectForm = {
  pattern: /^(?:[a-z0-9.-]{1,100}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$|^\d{1,20}$/,
  accepted: 'the ID of a project, such as my-project-123, or its number',
};

/** The `gcp` backend: Google Secret Manager. Enterprise, since 2.8.1.3 and 3.0. */
export const gcpBackend: VaultBackend = {
  options: [{ name: 'project_id', type: 'string', form: projectForm }],
  async open(options: VaultOptionValues, world: VaultWorld): Promise<Vault> {
    const project = options['project_id'];
    if (typeof project !== 'string') {
      throw new SettingError('no Google Cloud project', {
        hint: 'set KONG_VAULT_GCP_PROJECT_ID to the ID of the project that the secret is in, or write ?project_id= in the reference',
      });
    }
    const { openSecretManager } = await import('./secret-manager.ts');
    return openSecretManager(project, world);
  },
  async forecast(options, _name, environment) {
    const { forecastGcp } = await import('./forecast.ts');
    return forecastGcp(options, environment);
  },
};
