import { isUtf8 } from 'node:buffer';
import { SecretContentError, SettingError } from '../../errors.ts';
import { revealSecret, Secret } from '../../secret.ts';
import { keepToken } from '../access-token.ts';
import { createHttp, type Http } from '../http/http.ts';
import { fieldOf, parseJson } from '../json.ts';
import type { SecretName, Vault, VaultWorld } from '../vault.ts';
import { explainFetch, secretManager } from './explain.ts';
import { type GoogleToken, logIn } from './log-in.ts';

const HOST = 'https://secretmanager.googleapis.com';

/** Google Secret Manager in one project. Throws SettingError for a file of certificate authorities that is unusable. */
export function openSecretManager(project: string, world: VaultWorld): Vault {
  const http = createHttp(world);
  const token = keepToken(() => logIn({ scope: 'platform', http, world }));
  return { fetch: (name) => fetchSecret({ project, http, token, world }, name), close: () => http.close() };
}

type Opened = {
  readonly project: string;
  readonly http: Http;
  readonly token: () => Promise<GoogleToken>;
  readonly world: VaultWorld;
};

async function fetchSecret({ project, http, token, world }: Opened, name: SecretName): Promise<Secret> {
  const [secret, version] = [secretIdOf(name), versionOf(name)];
  const { value: bearer, link, principal } = await token();
  const answer = await http.request({
    peer: secretManager,
    method: 'GET',
    url: new URL(`/v1/projects/${encodeURIComponent(project)}/secrets/${secret}/versions/${version}:access`, HOST),
    headers: { accept: 'application/json', authorization: `Bearer ${revealSecret(bearer)}` },
  });
  world.log.debug(`gcp: secret "${secret}" (${version}): status ${answer.status}, credentials from: ${link}`);
  const data = answer.status === 200 ? dataIn(answer.text) : undefined;
  if (data === undefined) throw await explainFetch(answer, { project, secret, version, link, principal });
  const text = decodeText(data);
  if (text !== undefined) return new Secret(text);
  throw new SecretContentError(`version ${version} of secret "${secret}" in project ${project} is binary`, {
    hint: 'store text, in UTF-8; Kong reads no binary secrets',
  });
}

/** A name of any other form cannot exist, and some would change the path of the request. */
function secretIdOf({ secretId }: SecretName): string {
  if (/^[A-Za-z0-9_-]{1,255}$/.test(secretId)) return secretId;
  throw new SettingError(`"${secretId}" cannot be the name of a secret in Google Secret Manager`, {
    hint: 'a name has up to 255 letters, digits, - and _; write {vault://gcp/name/key}, with the project in KONG_VAULT_GCP_PROJECT_ID',
  });
}

function versionOf({ version }: SecretName): string {
  if (version === undefined || /^[1-9]\d{0,18}$/.test(version)) return version ?? 'latest';
  throw new SettingError('the gcp vault has no such version', {
    hint: 'write the number of a version, such as #3, or nothing for the latest',
  });
}

/** The base64 text of `payload.data`, which is absent for an empty secret; undefined in any other answer. */
function dataIn(answer: string): string | undefined {
  const payload = fieldOf(parseJson(answer), 'payload');
  const data = payload === undefined ? undefined : (fieldOf(payload, 'data') ?? '');
  return typeof data === 'string' ? data : undefined;
}

/** A secret of Google's may hold any bytes: undefined for what is not base64 of UTF-8. */
function decodeText(data: string): string | undefined {
  const bytes = Buffer.from(data, 'base64');
  const isBase64 = bytes.toString('base64').replace(/=+$/, '') === data.replace(/=+$/, '');
  return isBase64 && isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}
