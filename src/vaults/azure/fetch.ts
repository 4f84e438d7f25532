import { SettingError } from '../../errors.ts';
import { revealSecret, Secret } from '../../secret.ts';
import { keepToken } from '../access-token.ts';
import { createHttp, type Http } from '../http/http.ts';
import { fieldOf, parseJson } from '../json.ts';
import type { SecretName, Vault, VaultOptionValues, VaultWorld } from '../vault.ts';
import { withAzureProxy } from './azure-proxy.ts';
import { cloudOfVault } from './cloud.ts';
import { explainFetch, keyVault } from './explain.ts';
import { readIdentity } from './identity.ts';
import { type AzureToken, logIn } from './log-in.ts';

/** A version of the API that every cloud of Azure has; the call has not changed since. */
const API_VERSION = '7.4';

/** A Key Vault, with the options in force. Throws SettingError for a variable or a file that is unusable. */
export function openKeyVault(uri: URL, options: VaultOptionValues, given: VaultWorld): Vault {
  const world = { ...given, environment: withAzureProxy(given.environment) };
  const identity = readIdentity(options, world.environment);
  const cloud = cloudOfVault(uri, world);
  const http = createHttp(world);
  const token = keepToken(() => logIn({ identity, cloud, http, world }));
  return { fetch: (name) => fetchSecret({ uri, http, token, world }, name), close: () => http.close() };
}

type Opened = {
  readonly uri: URL;
  readonly http: Http;
  readonly token: () => Promise<AzureToken>;
  readonly world: VaultWorld;
};

async function fetchSecret({ uri, http, token, world }: Opened, name: SecretName): Promise<Secret> {
  const secret = secretIdOf(name);
  const { value: bearer, link } = await token();
  const answer = await http.request({
    peer: keyVault,
    method: 'GET',
    url: new URL(`/secrets/${secret}?api-version=${API_VERSION}`, uri),
    headers: { accept: 'application/json', authorization: `Bearer ${revealSecret(bearer)}` },
  });
  world.log.debug(`azure: secret "${secret}": status ${answer.status}, credentials from: ${link}`);
  const value = answer.status === 200 ? fieldOf(parseJson(answer.text), 'value') : undefined;
  if (typeof value === 'string') return new Secret(value);
  throw explainFetch(answer, { secret, host: uri.host, link });
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
