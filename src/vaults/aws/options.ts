import type { BackendWorld, Vault, VaultBackend, VaultOptionValues } from '../vault.ts';
import { regionForm, roleForm } from './names.ts';

const sessionNameForm = { pattern: /^[\w+=,.@-]{2,64}$/, accepted: '2 to 64 letters, digits and +=,.@_-' };

/** The `aws` backend: AWS Secrets Manager. Enterprise; options since 2.8, 3.4 and 3.8 (`sts_endpoint_url`). */
export const awsBackend: VaultBackend = {
  options: [
    { name: 'region', type: 'string', form: regionForm },
    { name: 'endpoint_url', type: 'url' },
    { name: 'assume_role_arn', type: 'string', form: roleForm },
    { name: 'role_session_name', type: 'string', default: 'KongVault', form: sessionNameForm },
    { name: 'sts_endpoint_url', type: 'url' },
  ],
  async open(options: VaultOptionValues, world: BackendWorld): Promise<Vault> {
    const { openSecretsManager } = await import('./fetch.ts');
    return openSecretsManager(options, world);
  },
  async forecast(options, _name, environment) {
    const { forecastAws } = await import('./forecast.ts');
    return forecastAws(options, environment);
  },
};
