import { EntrypointError } from '../../errors.ts';
import { Secret } from '../../secret.ts';
import type { Answer, Question } from '../http/http.ts';
import { fieldOf, isToken, parseJson } from '../json.ts';
import { isNearby } from '../proxy.ts';
import type { Finding, TokenRequest } from './access-token.ts';

/** Nobody answers anywhere else than on Azure, and everyone waits for that. */
const TIMEOUT_MS = 6_000;
const IMDS = 'http://169.254.169.254';

const peer = {
  name: 'the managed identity endpoint',
  address: 'it is there on Azure only',
  trust: 'put its certificate authority into the file that NODE_EXTRA_CA_CERTS names',
};

type Endpoint = { readonly url: URL; readonly headers: Readonly<Record<string, string>> };

/**
 * The token of the managed identity, or of that with the client ID: from the endpoint beside a container on App Service
 * and Container Apps (`IDENTITY_ENDPOINT`, `IDENTITY_HEADER`), else from the instance metadata of a machine or a node
 * (`AZURE_POD_IDENTITY_AUTHORITY_HOST` is obeyed, as by Azure's own clients). Our own two questions: Azure's library
 * reads those variables in `process.env` alone, which is empty here, and keeps the first answer for the process.
 */
export async function askManagedIdentity(request: TokenRequest): Promise<Finding> {
  const endpoint = endpointFor(request);
  if ('reason' in endpoint) return endpoint;
  const isTemporary: Question['isTemporary'] = ({ status }) => [404, 410, 429].includes(status) || status >= 500;
  try {
    const answer = await request.http.request({ peer, method: 'GET', ...endpoint, timeoutMs: TIMEOUT_MS, isTemporary });
    return readToken(answer, request.identity.clientId);
  } catch (error) {
    request.world.signal.throwIfAborted();
    if (error instanceof EntrypointError) return { reason: error.message };
    throw error;
  }
}

function endpointFor({ identity, cloud, world }: TokenRequest): Endpoint | { readonly reason: string } {
  const { IDENTITY_ENDPOINT = '', IDENTITY_HEADER = '', AZURE_POD_IDENTITY_AUTHORITY_HOST = '' } = world.environment;
  const query = {
    resource: cloud.resource,
    ...(identity.clientId === undefined ? {} : { client_id: identity.clientId }),
  };
  if (IDENTITY_ENDPOINT !== '' && IDENTITY_HEADER !== '') {
    if (!/^[\x21-\x7e]+$/.test(IDENTITY_HEADER)) return { reason: 'IDENTITY_HEADER cannot be sent' };
    const url = besideUs(IDENTITY_ENDPOINT, { 'api-version': '2019-08-01', ...query });
    if (url === undefined) return { reason: 'IDENTITY_ENDPOINT is neither https nor http beside the container' };
    return { url, headers: { 'x-identity-header': IDENTITY_HEADER } };
  }
  const base = AZURE_POD_IDENTITY_AUTHORITY_HOST === '' ? IMDS : AZURE_POD_IDENTITY_AUTHORITY_HOST;
  const path = `${base.replace(/\/$/, '')}/metadata/identity/oauth2/token`;
  const url = besideUs(path, { 'api-version': '2018-02-01', ...query });
  if (url === undefined)
    return { reason: 'AZURE_POD_IDENTITY_AUTHORITY_HOST is neither https nor http beside the container' };
  return { url, headers: { metadata: 'true' } };
}

function besideUs(text: string, query: Readonly<Record<string, string>>): URL | undefined {
  const url = URL.parse(text);
  if (url === null) return undefined;
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.protocol === 'https:' || (url.protocol === 'http:' && isNearby(url.hostname)) ? url : undefined;
}

function readToken(answer: Answer, clientId: string | undefined): Finding {
  const body = parseJson(answer.text);
  if (answer.status === 400 && typeof fieldOf(body, 'error') === 'string') {
    const which = clientId === undefined ? 'no identity is assigned here' : `no identity ${clientId} is assigned here`;
    return { reason: `${which} (status 400)` };
  }
  if (answer.status !== 200) return { reason: `it answered with status ${answer.status}` };
  const token = fieldOf(body, 'access_token');
  if (!isToken(token)) return { reason: 'its answer holds no token' };
  const seconds = Number(fieldOf(body, 'expires_on'));
  return { value: new Secret(token), expiresAt: Number.isFinite(seconds) ? seconds * 1000 : 0 };
}
