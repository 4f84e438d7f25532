import { SettingError } from '../../errors.ts';
import { revealSecret, Secret } from '../../secret.ts';
import { keepToken } from '../access-token.ts';
import { createHttp, type Http, type Peer } from '../http/http.ts';
import { fieldOf, parseJson } from '../json.ts';
import type { SecretName, Vault, VaultOptionValues, VaultWorld } from '../vault.ts';
import { type AzureToken, findToken } from './access-token.ts';
import { withAzureProxy } from './azure-proxy.ts';
import { cloudOf } from './cloud.ts';
import { readIdentity } from './identity.ts';
import { explainRefusal, somethingElse } from './vault-errors.ts';

/** Of the versions that every cloud of Azure has; the call has not changed since. */
const API_VERSION = '7.4';

export const peer: Peer = {
  name: 'Azure Key Vault',
  address: "check the vault's name in KONG_VAULT_AZURE_VAULT_URI, such as https://NAME.vault.azure.net",
  trust: 'put the certificate authority of the proxy into the file that NODE_EXTRA_CA_CERTS names',
};

/** A Key Vault, with the options in force. Throws SettingError for a variable or a file that is unusable. */
export function openKeyVault(uri: URL, options: VaultOptionValues, given: VaultWorld): Vault {
  const world = { ...given, environment: withAzureProxy(given.environment) };
  const identity = readIdentity(options, world.environment);
  const cloud = cloudOf(uri, world);
  const http = createHttp(world);
  const token = keepToken(() => findToken({ identity, cloud, http, world }));
  return { fetch: (name) => fetchSecret({ uri, http, token, world }, name), close: () => http.close() };
}

type Opened = {
  readonly uri: URL;
  readonly http: Http;
  readonly token: () => Promise<AzureToken>;
  readonly world: VaultWorld;
};

async function fetchSecret({ uri, http, token, world }: Opened, name: SecretName): Promise<Secret> {
  const secretId = secretIdOf(name);
  const credentials = await token();
  const answer = await http.request({
    peer,
    method: 'GET',
    url: new URL(`/secrets/${secretId}?api-version=${API_VERSION}`, uri),
    headers: { accept: 'application/json', authorization: `Bearer ${revealSecret(credentials.value)}` },
  });
  world.log.debug(`azure: secret "${secretId}": status ${answer.status}, credentials from: ${credentials.link}`);
  const call = { secretId, host: uri.host, credentials };
  if (answer.status !== 200) throw explainRefusal(answer, call);
  const value = fieldOf(parseJson(answer.text), 'value');
  if (typeof value !== 'string') throw somethingElse(answer, call);
  return new Secret(value);
}

/** Key Vault numbers no versions: theirs are names of 32 hexadecimal digits, which no reference of Kong's can hold. */
function secretIdOf({ secretId, version }: SecretName): string {
  if (version !== undefined) {
    throw new SettingError('the azure vault has no versions by number', {
      hint: `remove #${version}: Kong reads the newest version of a secret in Key Vault, and no other`,
    });
  }
  if (/^[0-9A-Za-z-]{1,127}$/.test(secretId)) return secretId;
  throw new SettingError(`"${secretId}" cannot be the name of a secret in Azure Key Vault`, {
    hint: 'a name has up to 127 letters, digits and -; write {vault://azure/name/key}',
  });
}
