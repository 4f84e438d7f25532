import { SettingError } from '../errors.ts';
import { nameSetting, type Settings } from '../settings/setting.ts';
import { splitList } from '../settings/setting-value.ts';
import { awsBackend } from './aws/options.ts';
import { azureBackend } from './azure/options.ts';
import { conjurBackend } from './conjur/options.ts';
import { envBackend } from './env.ts';
import { fsBackend } from './fs/options.ts';
import { gcpBackend } from './gcp/options.ts';
import { hcvBackend } from './hcv/options.ts';
import type { VaultBackend } from './vault.ts';

/** Why we do not read a backend that Kong has, and what to use in its place. */
type Refusal = { readonly refusal: string; readonly hint: string };

/** Every backend of Kong's. A further backend is one folder and one row here. */
const rows = new Map<string, VaultBackend | Refusal>([
  ['env', envBackend],
  ['aws', awsBackend],
  ['hcv', hcvBackend],
  ['gcp', gcpBackend],
  ['azure', azureBackend],
  ['conjur', conjurBackend],
  ['fs', fsBackend],
  [
    'azure-certs',
    {
      refusal: 'holds TLS certificates, which are of no use for a database setting',
      hint: 'keep the value as a secret of the Key Vault, and refer to it by {vault://azure/...}',
    },
  ],
  [
    'konnect',
    {
      refusal: 'exists as a Vault entity only, and entities live in the database',
      hint: 'keep the value in a backend that is known without the database, such as {vault://aws/...}',
    },
  ],
]);

/**
 * The backend that a reference names. Throws SettingError for a backend that `KONG_VAULTS` does not enable, for one that we do not read,
 * and for any other name: Kong treats that as the prefix of a Vault entity.
 */
export function findBackend(vaultPrefix: string, settings: Settings): VaultBackend {
  const row = rows.get(vaultPrefix);
  if (row === undefined) throw unknownPrefix(vaultPrefix);
  if ('refusal' in row) throw new SettingError(`the ${vaultPrefix} vault ${row.refusal}`, { hint: row.hint });
  refuseUnlessEnabled(vaultPrefix, settings);
  return row;
}

function unknownPrefix(vaultPrefix: string): SettingError {
  const lower = vaultPrefix.toLowerCase();
  if (rows.has(lower)) {
    return new SettingError(`there is no vault "${vaultPrefix}"`, { hint: `write ${lower}: case matters to Kong` });
  }
  return new SettingError(`"${vaultPrefix}" is not a vault backend, so it would be a Vault entity`, {
    hint: 'entities live in the database, which needs this setting first; name the backend itself, such as {vault://aws/...}, and set its options by KONG_VAULT_AWS_...',
  });
}

/** Whether an edition of Kong has a backend of this name that we read. */
export function isBackendOfKong(name: string): boolean {
  const row = rows.get(name);
  return row !== undefined && !('refusal' in row);
}

/** Whether `KONG_VAULTS` enables a backend: by its name, or by `bundled` (the default), which stands for all. `off` enables none. */
export function isBackendEnabled(name: string, settings: Settings): boolean {
  const names = splitList(settings.get('vaults')?.text ?? 'bundled') ?? [];
  return names.includes('bundled') || names.includes(name);
}

function refuseUnlessEnabled(vaultPrefix: string, settings: Settings): void {
  const setting = settings.get('vaults');
  if (setting === undefined || isBackendEnabled(vaultPrefix, settings)) return;
  throw new SettingError(`the ${vaultPrefix} vault is not enabled by ${nameSetting(setting)}`, {
    hint: `add ${vaultPrefix} to ${nameSetting(setting)}, or set it to bundled`,
  });
}
