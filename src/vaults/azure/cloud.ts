import { SettingError } from '../../errors.ts';
import { isNearby } from '../proxy.ts';
import type { VaultWorld } from '../vault.ts';

/** Where tokens are for a vault, and what they are for. */
export type Cloud = {
  /** The Entra ID of the cloud, without a slash at its end. */
  readonly authority: string;
  /** The resource that a token is for; `/.default` after it is the scope. */
  readonly resource: string;
};

const publicCloud: Cloud = { authority: 'https://login.microsoftonline.com', resource: 'https://vault.azure.net' };

/** By the domain of the vaults in it. */
const clouds: ReadonlyMap<string, Cloud> = new Map([
  ['vault.azure.net', publicCloud],
  ['vault.azure.cn', { authority: 'https://login.chinacloudapi.cn', resource: 'https://vault.azure.cn' }],
  [
    'vault.usgovcloudapi.net',
    { authority: 'https://login.microsoftonline.us', resource: 'https://vault.usgovcloudapi.net' },
  ],
]);

/**
 * The cloud of a vault, by the domain of its URI, with the Entra ID that `AZURE_AUTHORITY_HOST` names, as for every client of Azure. A
 * host in no domain of Key Vault gets a warning, since it is sent the token. Throws SettingError for an unusable `AZURE_AUTHORITY_HOST`.
 */
export function cloudOf({ hostname }: URL, { environment, log }: VaultWorld): Cloud {
  const [, cloud] = [...clouds].find(([domain]) => hostname.endsWith(`.${domain}`)) ?? [];
  if (cloud === undefined && !isNearby(hostname)) {
    log.warn(
      `the azure vault's option vault_uri names ${hostname}, which is in no domain of Key Vault (${[...clouds.keys()].join(', ')}): the access token goes there`,
    );
  }
  const { authority, resource } = cloud ?? publicCloud;
  return { authority: authorityFrom(environment) ?? authority, resource };
}

function authorityFrom(environment: VaultWorld['environment']): string | undefined {
  const text = environment['AZURE_AUTHORITY_HOST']?.trim() ?? '';
  if (text === '') return undefined;
  const url = URL.parse(text.includes('://') ? text : `https://${text}`);
  if (url?.protocol === 'https:' && url.username === '' && url.pathname === '/' && url.search === '') {
    return url.origin;
  }
  throw new SettingError('this is no host of Entra ID', {
    subject: 'AZURE_AUTHORITY_HOST',
    hint: 'give https://login.microsoftonline.com, or that of your cloud',
  });
}
