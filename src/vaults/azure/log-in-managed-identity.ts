import { type AccessToken, readAccessToken } from '../access-token.ts';
import { askSource, type Finding } from '../credential-chain.ts';
import type { Answer, Http, Question } from '../http/http.ts';
import { fieldOf, parseJson } from '../json.ts';
import { isNearby } from '../proxy.ts';
import type { VaultWorld } from '../vault.ts';

/** Only Azure answers, and outside Azure every start waits this long. */
const TIMEOUT_MS = 6_000;
const IMDS = 'http://169.254.169.254';

export const identityEndpoint = {
  name: 'the managed identity endpoint',
  address: 'it is there on Azure only',
  trust: 'put its certificate authority into the file that NODE_EXTRA_CA_CERTS names',
};

/** Which identity's token is asked for; without a client ID the one that the system assigned. */
export type IdentityRequest = { readonly clientId: string | undefined; readonly resource: string };

type Endpoint = { readonly url: URL; readonly headers: Readonly<Record<string, string>> };
type Environment = VaultWorld['environment'];

/**
 * The token of a managed identity: from the endpoint beside the container on App Service and Container Apps (`IDENTITY_ENDPOINT`,
 * `IDENTITY_HEADER`), else from the instance metadata of the machine, or of the address in `AZURE_POD_IDENTITY_AUTHORITY_HOST`.
 * Throws the reason of the world's signal.
 */
export async function askManagedIdentity(
  request: IdentityRequest,
  http: Http,
  { environment, signal }: VaultWorld,
): Promise<Finding<AccessToken>> {
  const endpoint = endpointFor(request, environment);
  if ('reason' in endpoint) return endpoint;
  const isTemporary: Question['isTemporary'] = ({ status }) => [404, 410, 429].includes(status) || status >= 500;
  const question = { peer: identityEndpoint, method: 'GET', ...endpoint, timeoutMs: TIMEOUT_MS, isTemporary } as const;
  return askSource(signal, async () => readAnswer(await http.request(question), request.clientId));
}

function endpointFor(request: IdentityRequest, environment: Environment): Endpoint | { readonly reason: string } {
  const { IDENTITY_ENDPOINT = '', IDENTITY_HEADER = '' } = environment;
  if (isBesideContainer(environment)) {
    if (!/^[\x21-\x7e]+$/.test(IDENTITY_HEADER)) return { reason: 'IDENTITY_HEADER cannot be sent' };
    const url = trustedUrl(IDENTITY_ENDPOINT, '2019-08-01', request);
    if (url === undefined) return { reason: 'IDENTITY_ENDPOINT is neither https nor http beside the container' };
    return { url, headers: { 'x-identity-header': IDENTITY_HEADER } };
  }
  const url = trustedUrl(`${machineMetadata(environment)}/identity/oauth2/token`, '2018-02-01', request);
  if (url !== undefined) return { url, headers: { metadata: 'true' } };
  return { reason: 'AZURE_POD_IDENTITY_AUTHORITY_HOST is neither https nor http beside the container' };
}

/** Whether the endpoint is beside the container, where no metadata of a machine is. */
export function isBesideContainer({ IDENTITY_ENDPOINT = '', IDENTITY_HEADER = '' }: Environment): boolean {
  return IDENTITY_ENDPOINT !== '' && IDENTITY_HEADER !== '';
}

/** Where the metadata of the machine is, without a slash at its end. */
export function machineMetadata({ AZURE_POD_IDENTITY_AUTHORITY_HOST: host = '' }: Environment): string {
  return `${(host === '' ? IMDS : host).replace(/\/$/, '')}/metadata`;
}

/** The URL of a question; undefined where its answer, a token, would cross a network in clear text. */
function trustedUrl(text: string, version: string, { resource, clientId }: IdentityRequest): URL | undefined {
  const url = URL.parse(text);
  if (url === null) return undefined;
  url.searchParams.set('api-version', version);
  url.searchParams.set('resource', resource);
  if (clientId !== undefined) url.searchParams.set('client_id', clientId);
  return url.protocol === 'https:' || (url.protocol === 'http:' && isNearby(url.hostname)) ? url : undefined;
}

function readAnswer({ status, text }: Answer, clientId: string | undefined): Finding<AccessToken> {
  if (status === 400 && typeof fieldOf(parseJson(text), 'error') === 'string') {
    const which = clientId === undefined ? 'no identity is assigned here' : `no identity ${clientId} is assigned here`;
    return { reason: `${which} (status 400)` };
  }
  if (status !== 200) return { reason: `it answered with status ${status}` };
  return readAccessToken(text) ?? { reason: 'its answer holds no token' };
}
