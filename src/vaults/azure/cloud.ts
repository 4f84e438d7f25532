import { SettingError } from '../../errors.ts';
import { isNearby } from '../proxy.ts';
import type { VaultWorld } from '../vault.ts';

/** Where tokens are, and what they are for. */
export type Cloud = {
  /** The Entra ID of the cloud, without a slash at its end. */
  readonly authority: string;
  /** The resource that a token is for; `/.default` after it is the scope. */
  readonly resource: string;
  /** The service behind the resource, in the words of an error. */
  readonly service: 'Key Vault' | 'Azure Database for PostgreSQL';
};

const publicCloud = {
  authority: 'https://login.microsoftonline.com',
  vaults: 'vault.azure.net',
  databases: 'postgres.database.azure.com',
  databaseResource: 'https://ossrdbms-aad.database.windows.net',
} as const;

/** As Azure's own command line names their hosts. */
const clouds = [
  publicCloud,
  {
    authority: 'https://login.chinacloudapi.cn',
    vaults: 'vault.azure.cn',
    databases: 'postgres.database.chinacloudapi.cn',
    databaseResource: 'https://ossrdbms-aad.database.chinacloudapi.cn',
  },
  {
    authority: 'https://login.microsoftonline.us',
    vaults: 'vault.usgovcloudapi.net',
    databases: 'postgres.database.usgovcloudapi.net',
    databaseResource: 'https://ossrdbms-aad.database.usgovcloudapi.net',
  },
] as const;

/**
 * The cloud of a vault, by the domain of its URI, with the Entra ID that `AZURE_AUTHORITY_HOST` names, as for every client of Azure. A
 * host in no domain of Key Vault gets a warning, since it is sent the token. Throws SettingError for an unusable `AZURE_AUTHORITY_HOST`.
 */
export function cloudOfVault({ hostname }: URL, { environment, log }: VaultWorld): Cloud {
  const cloud = clouds.find(({ vaults }) => hostname.endsWith(`.${vaults}`));
  if (cloud === undefined && !isNearby(hostname)) {
    const domains = clouds.map(({ vaults }) => vaults).join(', ');
    log.warn(
      `the azure vault's option vault_uri names ${hostname}, which is in no domain of Key Vault (${domains}): the access token goes there`,
    );
  }
  const { authority, vaults } = cloud ?? publicCloud;
  return {
    authority: authorityFrom(environment) ?? authority,
    resource: `https://${vaults}`,
    service: 'Key Vault',
  };
}

/**
 * The cloud of a PostgreSQL server, by the domain of its host; for a host of another name by `AZURE_AUTHORITY_HOST`, else the public
 * cloud. Throws SettingError for an unusable `AZURE_AUTHORITY_HOST`.
 */
export function cloudOfDatabase(host: string, { environment }: VaultWorld): Cloud {
  const given = authorityFrom(environment);
  const { authority, databaseResource } =
    clouds.find(({ databases }) => host.endsWith(`.${databases}`)) ??
    clouds.find((cloud) => cloud.authority === given) ??
    publicCloud;
  return { authority: given ?? authority, resource: databaseResource, service: 'Azure Database for PostgreSQL' };
}

function authorityFrom(environment: VaultWorld['environment']): string | undefined {
  const text = environment['AZURE_AUTHORITY_HOST']?.trim() ?? '';
  if (text === '') return undefined;
  const url = URL.parse(text.includes('://') ? text : `https://${text}`);
  if (url?.protocol === 'https:' && url.username === '' && url.pathname === '/' && url.search === '') {
    return url.origin;
  }
  throw new SettingError('this is not a host of Entra ID', {
    subject: 'AZURE_AUTHORITY_HOST',
    hint: 'give https://login.microsoftonline.com, or that of your cloud',
  });
}
