import { readTextFile } from '../../process/read-file.ts';
import type { Http } from '../http/http.ts';
import { isNearby } from '../proxy.ts';
import type { VaultWorld } from '../vault.ts';
import { askMetadata, type Finding, readCredentialsAnswer } from './metadata.ts';

/** As long as Kong waits. The agent answers in milliseconds, or is not up yet and is asked again meanwhile. */
export const AGENT_MS = 5_000;

/**
 * The credentials of an ECS task or of EKS Pod Identity, from the endpoint that the agent put into the environment:
 * `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`, else `_FULL_URI`. The token file wins over the token, as in Kong. The SDK's `fromHttp` has
 * connections of its own, which know neither our bounds nor the stop of a start, and does not tell what the agent answered.
 */
export async function fromContainer(http: Http, { environment }: VaultWorld): Promise<Finding> {
  const endpoint = containerEndpoint(environment);
  if ('reason' in endpoint) return endpoint;
  const token = authorizationToken(environment);
  if (token !== undefined && /[\r\n]/.test(token)) return { reason: 'the authorization token has a line break' };
  const headers = token === undefined ? {} : { authorization: token };
  const question = { ...endpoint, headers, timeoutMs: AGENT_MS, name: "the container's credentials endpoint" };
  return readCredentialsAnswer(await askMetadata(http, question));
}

/** Where to ask, or why nowhere. Plain http only to loopback and to the link-local addresses of ECS and EKS. */
export function containerEndpoint(
  environment: VaultWorld['environment'],
): { readonly url: URL; readonly variable: string } | { readonly reason: string } {
  const relative = environment['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'] ?? '';
  const full = environment['AWS_CONTAINER_CREDENTIALS_FULL_URI'] ?? '';
  if (relative === '' && full === '') return { reason: 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI not set' };
  const variable = relative === '' ? 'AWS_CONTAINER_CREDENTIALS_FULL_URI' : 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI';
  const url = URL.parse(relative === '' ? full : `http://169.254.170.2${relative.replace(/^(?!\/)/, '/')}`);
  if (url === null) return { reason: `${variable} is not a URL` };
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isNearby(url.hostname))) return { url, variable };
  return { reason: `${variable} is neither https nor http to an agent beside the container` };
}

/** Whether the credentials are those of an ECS task, for which "task role" is the word to say. */
export function isEcsTask(environment: VaultWorld['environment']): boolean {
  const signs = ['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', 'ECS_CONTAINER_METADATA_URI_V4'];
  return signs.some((variable) => (environment[variable] ?? '') !== '');
}

function authorizationToken(environment: VaultWorld['environment']): string | undefined {
  const file = environment['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'] ?? '';
  const token = file === '' ? environment['AWS_CONTAINER_AUTHORIZATION_TOKEN'] : readTextFile(file).trimEnd();
  return token === '' ? undefined : token;
}
