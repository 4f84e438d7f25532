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

const clouds: Readonly<Record<string, Cloud>> = {
  'vault.azure.net': { authority: 'https://login.microsoftonline.com', resource: 'https://vault.azure.net' },
  'vault.azure.cn': { authority: 'https://login.chinacloudapi.cn', resource: 'https://vault.azure.cn' },
  'vault.usgovcloudapi.net': {
    authority: 'https://login.microsoftonline.us',
    resource: 'https://vault.usgovcloudapi.net',
  },
};
const publicDomain = 'vault.azure.net';

/**
 * The cloud of a vault, by the domain of its URI; `AZURE_AUTHORITY_HOST` names another Entra ID, as for every client of
 * Azure. A host of no cloud, to which the token would go all the same, is a warning. Throws SettingError for an
 * unusable `AZURE_AUTHORITY_HOST`.
 */
export function cloudOf({ hostname }: URL, { environment, log }: VaultWorld): Cloud {
  const domain = Object.keys(clouds).find((name) => hostname.endsWith(`.${name}`));
  if (domain === undefined && !isNearby(hostname)) {
    log.warn(
      `the azure vault's option vault_uri names ${hostname}, which is in no domain of Key Vault (${Object.keys(clouds).join(', ')}): the access token goes there`,
    );
  }
  const cloud = clouds[domain ?? publicDomain] as Cloud;
  return { ...cloud, authority: authorityFrom(environment) ?? cloud.authority };
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
