import { SettingError } from '../../errors.ts';
import type { Vault, VaultBackend, VaultOptionValues, VaultWorld } from '../vault.ts';
import { clientIdForm, tenantIdForm } from './identity.ts';

/** The one kind of thing in a Key Vault that Kong reads by this backend. */
const typeForm = { pattern: /^secrets$/, accepted: 'secrets, which is also the default' };

/**
 * The `azure` backend: secrets of Azure Key Vault. Enterprise, since 3.5 and 3.4.3.5. `location` has no effect on reading
 * a secret; Kong's form asks for it.
 */
export const azureBackend: VaultBackend = {
  options: [
    { name: 'vault_uri', type: 'url' },
    { name: 'client_id', type: 'string', form: clientIdForm },
    { name: 'tenant_id', type: 'string', form: tenantIdForm },
    { name: 'type', type: 'string', default: 'secrets', form: typeForm },
    { name: 'location', type: 'string' },
  ],
  async open(options: VaultOptionValues, world: VaultWorld): Promise<Vault> {
    const uri = vaultUri(options);
    const { openKeyVault } = await import('./key-vault.ts');
    return openKeyVault(uri, options, world);
  },
  async forecast(options, _name, environment) {
    const { forecastAzure } = await import('./forecast.ts');
    return forecastAzure(options, environment);
  },
};

function vaultUri({ vault_uri: text }: VaultOptionValues): URL {
  const form = 'give https://NAME.vault.azure.net, and nothing after it';
  if (typeof text !== 'string') {
    throw new SettingError('no Azure Key Vault', { hint: `set KONG_VAULT_AZURE_VAULT_URI: ${form}` });
  }
  const url = new URL(text);
  if (url.pathname === '/') return url;
  throw new SettingError("the azure vault's option vault_uri has a path", { hint: form });
}
