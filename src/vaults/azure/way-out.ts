import type { ClientSecretCredentialOptions } from '@azure/identity';
import type { Answer, Http, Peer } from '../http/http.ts';

type HttpClient = NonNullable<ClientSecretCredentialOptions['httpClient']>;
type PipelineRequest = Parameters<HttpClient['sendRequest']>[0];
type PipelineResponse = Awaited<ReturnType<HttpClient['sendRequest']>>;

/** Our own HTTP in the form that Azure's library takes, and what came of it, which its errors would only repeat. */
export type WayOut = {
  readonly httpClient: HttpClient;
  /** What our HTTP threw. */
  fault(): unknown;
  /** The last answer. */
  answer(): Answer | undefined;
};

export const peer: Peer = {
  name: 'Microsoft Entra ID',
  address: 'check AZURE_AUTHORITY_HOST, HTTPS_PROXY and the DNS of this network',
  trust: 'put the certificate authority of the proxy into the file that NODE_EXTRA_CA_CERTS names',
};

export function createWayOut(http: Http): WayOut {
  let fault: unknown;
  let answer: Answer | undefined;

  async function sendRequest(request: PipelineRequest): Promise<PipelineResponse> {
    try {
      answer = await http.request({
        peer,
        method: request.method === 'POST' ? 'POST' : 'GET',
        url: new URL(request.url),
        headers: headersFor(request.headers.toJSON()),
        ...(typeof request.body === 'string' ? { body: request.body } : {}),
        isRepeatable: true,
      });
    } catch (error) {
      fault = error;
      throw error;
    }
    return { request, status: answer.status, bodyAsText: answer.text, headers: headersOf(answer) };
  }

  return { httpClient: { sendRequest }, fault: () => fault, answer: () => answer };
}

/** The length is for whoever writes the bytes to say, and we unpack no answer. */
function headersFor(headers: Readonly<Record<string, string>>): Record<string, string> {
  const ours = new Set(['content-length', 'accept-encoding', 'connection']);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !ours.has(name.toLowerCase())));
}

function headersOf(answer: Answer): PipelineResponse['headers'] {
  const headers = new Headers(answer.headers);
  return {
    get: (name) => headers.get(name) ?? undefined,
    has: (name) => headers.has(name),
    set: (name, value) => headers.set(name, String(value)),
    delete: (name) => headers.delete(name),
    toJSON: () => Object.fromEntries(headers),
    [Symbol.iterator]: () => headers.entries(),
  };
}
