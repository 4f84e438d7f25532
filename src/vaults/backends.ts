import { SettingError } from '../errors.ts';
import { nameSetting, type Settings } from '../settings/setting.ts';
import { splitList } from '../settings/setting-value.ts';
import { awsBackend } from './aws/aws.ts';
import { conjurBackend } from './conjur/conjur.ts';
import { envBackend } from './env.ts';
import { fsBackend } from './fs/fs.ts';
import { hcvBackend } from './hcv/hcv.ts';
import type { VaultBackend } from './vault.ts';

/** One row a backend of Kong's: what reads it, or why we do not. */
const rows = new Map<string, VaultBackend | { readonly refusal: string }>([
  ['env', envBackend],
  ['aws', awsBackend],
  ['hcv', hcvBackend],
  ['gcp', { refusal: 'is not supported yet' }],
  ['azure', { refusal: 'is not supported yet' }],
  ['conjur', conjurBackend],
  ['fs', fsBackend],
  ['azure-certs', { refusal: 'holds TLS certificates, which are of no use for a database setting' }],
  ['konnect', { refusal: 'exists as a Vault entity only, and entities live in the database' }],
]);

/**
 * The backend of a reference. Throws SettingError for a backend that `KONG_VAULTS` leaves out, for one that we do not
 * read, and for a Vault entity: Kong takes every host that is no backend's name for the prefix of an entity.
 */
export function findBackend(vaultPrefix: string, settings: Settings): VaultBackend {
  const row = rows.get(vaultPrefix);
  if (row === undefined) throw unknownPrefix(vaultPrefix);
  if ('refusal' in row) throw new SettingError(`the ${vaultPrefix} vault ${row.refusal}`, { hint: supported() });
  refuseUnlessEnabled(vaultPrefix, settings);
  return row;
}

function unknownPrefix(vaultPrefix: string): SettingError {
  const lower = vaultPrefix.toLowerCase();
  if (rows.has(lower)) {
    return new SettingError(`there is no vault "${vaultPrefix}"`, { hint: `write ${lower}: case matters to Kong` });
  }
  return new SettingError(`"${vaultPrefix}" is no vault backend, so it would be a Vault entity`, {
    hint: `entities live in the database, which needs this setting first; ${supported()}`,
  });
}

/** Whether Kong has a vault backend of this name, in one of its editions; any other name is an entity's prefix. */
export function isBackendOfKong(name: string): boolean {
  return rows.has(name);
}

/** Whether `KONG_VAULTS` leaves this backend: `bundled`, the default, may be one of a list, and `off` leaves none. */
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

function supported(): string {
  const names = [...rows].filter(([, row]) => !('refusal' in row)).map(([name]) => `{vault://${name}/...}`);
  return `use ${names.join(' or ')}`;
}
