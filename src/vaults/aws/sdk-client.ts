import { buildQueryString, HttpResponse } from '@smithy/core/protocols';
import type { AwsCredentialIdentityProvider, HttpHandlerOptions, HttpRequest, RequestHandler } from '@smithy/types';
import type { Http, Peer } from '../http/http.ts';

export type Service = 'AWS Secrets Manager' | 'STS';

export type ClientInput = {
  readonly service: Service;
  readonly region: string;
  /** Undefined for the region's own. */
  readonly endpoint: string | undefined;
  readonly credentials?: AwsCredentialIdentityProvider;
  readonly http: Http;
};

export const route =
  "check the region's name, the DNS of this network and the route: a NAT gateway or a VPC endpoint with private DNS, security groups, HTTPS_PROXY and NO_PROXY";
export const trust =
  'put the certificate authority of a proxy or of your own endpoint into the file that AWS_CA_BUNDLE names';

/**
 * What an SDK client is given. Every value that the SDK would else look up in `process.env` or in the shared files is
 * set, so that the options of the vault decide and nothing else. Kong ignores `AWS_ENDPOINT_URL*`, FIPS and dual-stack
 * variables too; a client that obeyed them would read another service than Kong.
 */
export function clientOptions({ service, region, endpoint, credentials, http }: ClientInput) {
  return {
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    requestHandler: handlerFor(peerOf(service), http),
    ignoreConfiguredEndpointUrls: true,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    maxAttempts: 3,
    retryMode: 'standard',
    defaultsMode: 'standard' as const,
    authSchemePreference: ['aws.auth#sigv4'],
    disableClockSkewCorrection: false,
    userAgentAppId: 'kong-entrypoint',
  };
}

/** Who is asked, in the words of an error. */
export function peerOf(service: Service): Peer {
  return { name: service, address: `check ${optionOf(service)} and HTTPS_PROXY`, trust, route };
}

export function optionOf(service: Service): string {
  return service === 'STS' ? 'KONG_VAULT_AWS_STS_ENDPOINT_URL' : 'KONG_VAULT_AWS_ENDPOINT_URL';
}

/**
 * Sends what the SDK has signed. A connection that failed is tried again here, as for every vault, and an error of ours ends the SDK's
 * attempts; what AWS answers, the SDK judges, and it knows which answers are worth another attempt.
 */
function handlerFor(peer: Peer, http: Http): RequestHandler<HttpRequest, HttpResponse, HttpHandlerOptions> {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle({ method, headers, body, ...request }) {
      const answer = await http.request({
        peer,
        method: method === 'GET' ? 'GET' : 'POST',
        url: urlOf(request),
        headers,
        body,
        isRepeatable: true,
        isTemporary: () => false,
      });
      const { status: statusCode, text } = answer;
      return { response: new HttpResponse({ statusCode, headers: { ...answer.headers }, body: Buffer.from(text) }) };
    },
  };
}

function urlOf({ protocol, hostname, port, path, query = {} }: Omit<HttpRequest, 'method' | 'headers' | 'body'>): URL {
  const search = buildQueryString(query);
  const origin = `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`;
  return new URL(`${path}${search === '' ? '' : `?${search}`}`, origin);
}
