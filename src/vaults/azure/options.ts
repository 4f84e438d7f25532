import { SettingError } from '../../errors.ts';
import { textOf } from '../option-value.ts';
import type { Vault, VaultBackend, VaultForecast, VaultOptionValues, VaultWorld } from '../vault.ts';
import { clientIdForm, tenantIdForm } from './identity.ts';

type Environment = VaultWorld['environment'];

/** Kong reads only secrets of a Key Vault by this backend. */
const typeForm = { pattern: /^secrets$/, accepted: 'secrets, which is also the default' };

/**
 * The `azure` backend: secrets of Azure Key Vault. Enterprise, since 3.5 and 3.4.3.5. `location` is an option of Kong's without an effect
 * on reading a secret.
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
    const { openKeyVault } = await import('./fetch.ts');
    return openKeyVault(uri, options, world);
  },
  forecast: async (options, _name, environment) => forecastAzure(options, environment),
};

function vaultUri(options: VaultOptionValues): URL {
  const form = 'give https://NAME.vault.azure.net, and nothing after it';
  const text = textOf(options, 'vault_uri');
  if (text === undefined) {
    throw new SettingError('no Azure Key Vault', { hint: `set KONG_VAULT_AZURE_VAULT_URI: ${form}` });
  }
  const url = new URL(text);
  if (url.pathname === '/') return url;
  throw new SettingError("the azure vault's option vault_uri has a path", { hint: form });
}

function forecastAzure(options: VaultOptionValues, environment: Environment): VaultForecast {
  const uri = textOf(options, 'vault_uri');
  return {
    endpoint: uri === undefined ? 'nowhere: set KONG_VAULT_AZURE_VAULT_URI' : new URL(uri).origin,
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
