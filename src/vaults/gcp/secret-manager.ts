import { SecretContentError, SettingError } from '../../errors.ts';
import { revealSecret, Secret } from '../../secret.ts';
import { type Answer, createHttp, type Http } from '../http/http.ts';
import { fieldOf, parseJson } from '../json.ts';
import type { SecretName, Vault, VaultWorld } from '../vault.ts';
import { createTokenSource, type GoogleToken } from './access-token.ts';
import { peerCalled } from './peer.ts';
import { explainRefusal, type SecretCall } from './secret-errors.ts';

const HOST = 'https://secretmanager.googleapis.com';

/** Google Secret Manager in one project. Throws SettingError for a file of certificate authorities that is unusable. */
export function openSecretManager(project: string, world: VaultWorld): Vault {
  const http = createHttp(world);
  const token = createTokenSource(http, world);
  return { fetch: (name) => fetchSecret({ project, http, token, world }, name), close: () => http.close() };
}

type Opened = {
  readonly project: string;
  readonly http: Http;
  readonly token: () => Promise<GoogleToken>;
  readonly world: VaultWorld;
};

async function fetchSecret({ project, http, token, world }: Opened, name: SecretName): Promise<Secret> {
  const call = { project, secretId: secretIdOf(name), version: versionOf(name) };
  const credentials = await token();
  const answer = await http.request({
    peer: peerCalled('Google Secret Manager'),
    method: 'GET',
    url: urlOf(call),
    headers: { accept: 'application/json', authorization: `Bearer ${revealSecret(credentials.value)}` },
  });
  world.log.debug(
    `gcp: secret "${call.secretId}" (${call.version}): status ${answer.status}, credentials from: ${credentials.link}`,
  );
  if (answer.status !== 200) throw await explainRefusal(answer, call, credentials);
  return readPayload(answer, call);
}

function urlOf({ project, secretId, version }: SecretCall): URL {
  return new URL(`/v1/projects/${encodeURIComponent(project)}/secrets/${secretId}/versions/${version}:access`, HOST);
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

/** The value of `payload.data`. Kong reads text; a secret of Google's may hold any bytes. */
function readPayload(answer: Answer, { secretId, version, project }: SecretCall): Secret {
  const payload = fieldOf(parseJson(answer.text), 'payload');
  const data = fieldOf(payload, 'data') ?? '';
  if (typeof data !== 'string' || payload === undefined) {
    throw new SettingError('what answers as Google Secret Manager is something else (status 200)', {
      hint: 'check HTTPS_PROXY and the DNS of this network',
    });
  }
  const bytes = Buffer.from(data, 'base64');
  const isBase64 = bytes.toString('base64').replace(/=+$/, '') === data.replace(/=+$/, '');
  const text = bytes.toString('utf8');
  if (isBase64 && Buffer.from(text).equals(bytes)) return new Secret(text);
  throw new SecretContentError(`version ${version} of secret "${secretId}" in project ${project} is binary`, {
    hint: 'store text, in UTF-8; Kong reads no binary secrets',
  });
}
