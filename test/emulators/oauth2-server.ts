import type { ServerResponse } from 'node:http';
import type { Issuer } from './json-web-token.ts';
import { type LoopbackOptions, type Request, startLoopbackServer } from './loopback-server.ts';
import { type MisbehaviourName, misbehaviours } from './misbehaviours.ts';

export type Client = { readonly id: string; readonly secret: string; readonly audiences: readonly string[] };

export type OAuth2Server = {
  readonly endpoint: string;
  /** The tokens that were given. */
  readonly given: string[];
  fail(fault: MisbehaviourName): void;
  close(): Promise<void>;
};

/** The token endpoint of an OAuth 2.0 server, for the client credentials grant alone (RFC 6749, 2.3.1 and 4.4). */
export async function startOAuth2Server(
  issuer: Issuer,
  clients: readonly Client[],
  options: LoopbackOptions = {},
): Promise<OAuth2Server> {
  const given: string[] = [];
  let fault: MisbehaviourName | undefined;
  const server = await startLoopbackServer(async (request, response) => {
    if (fault !== undefined) {
      await misbehaviours[fault](response, { type: 'application/json', beginning: '{"access_token":"half-of-the-tok' });
      return;
    }
    const outcome = grant(request, clients);
    if ('error' in outcome) return send(response, outcome.status, { error: outcome.error });
    const token = issuer.issue({ sub: outcome.client, aud: outcome.audiences });
    given.push(token);
    return send(response, 200, { access_token: token, token_type: 'Bearer', expires_in: 60 });
  }, options);
  return {
    endpoint: `${server.url}/realms/kong/token`,
    given,
    fail: (name) => {
      fault = name;
    },
    close: server.close,
  };
}

type Grant =
  | { readonly client: string; readonly audiences: readonly string[] }
  | { readonly status: number; readonly error: string };

function grant({ method, target, headers, body }: Request, clients: readonly Client[]): Grant {
  const isForm = headers['content-type'] === 'application/x-www-form-urlencoded';
  if (method !== 'POST' || target !== '/realms/kong/token' || !isForm) return { status: 400, error: 'invalid_request' };
  const [, encoded = ''] = /^Basic (.+)$/.exec(headers.authorization ?? '') ?? [];
  const [id, secret] = Buffer.from(encoded, 'base64').toString('utf8').split(':').map(fromForm);
  const client = clients.find((one) => one.id === id && one.secret === secret);
  if (client === undefined) return { status: 401, error: 'invalid_client' };
  const form = new URLSearchParams(body);
  if (form.get('grant_type') !== 'client_credentials') return { status: 400, error: 'unsupported_grant_type' };
  const unknown = [...form.keys()].some((name) => !['grant_type', 'audience'].includes(name));
  const audiences = form.getAll('audience');
  if (unknown || audiences.some((audience) => !client.audiences.includes(audience))) {
    return { status: 400, error: 'invalid_target' };
  }
  return { client: client.id, audiences };
}

function fromForm(text: string): string {
  return new URLSearchParams(`=${text}`).get('') ?? '';
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
