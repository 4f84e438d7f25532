import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { type Request, type ServerIdentity, startLoopbackServer } from './loopback-server.ts';
import { type MisbehaviourName, misbehaviours } from './misbehaviours.ts';

export type ConjurOptions = {
  readonly account?: string;
  readonly login?: string;
  readonly apiKey?: string;
  /** A path in front of Conjur's own, as `/api`. */
  readonly basePath?: string;
  /** Milliseconds that a token lasts; 8 minutes when absent. */
  readonly tokenLife?: number;
  /** Answers a login with JSON whatever encoding was asked for, as something in between may leave it. */
  readonly withoutBase64?: boolean;
  readonly identity?: ServerIdentity;
};

/** What the next requests meet: a status, or a misbehaviour, at the login or at a variable. */
export type ConjurFault = {
  readonly at: 'login' | 'variable';
  readonly fault: number | MisbehaviourName;
  times: number;
};

export type Conjur = {
  readonly url: string;
  /** All requests, `POST /authn/...`, as they came. */
  readonly requests: string[];
  /** Stores another version; a variable without a value has none. */
  put(id: string, ...versions: (string | Uint8Array)[]): void;
  /** The role may no longer read it. */
  forbid(id: string): void;
  fail(at: ConjurFault['at'], fault: ConjurFault['fault'], times?: number): void;
  recover(): void;
  close(): Promise<void>;
};

type Reply = readonly [status: number, body?: string | Uint8Array, type?: string];

/**
 * CyberArk Conjur on a loopback port: the login by API key and the reading of variables. Strict where Conjur is, and
 * stricter: an id's slashes have to be written `%2F`, and a header that has another form than documented is refused.
 */
export async function startConjur(options: ConjurOptions = {}): Promise<Conjur> {
  const { account = 'acme', login = 'host/kong', apiKey = '1vgw0fjtdy', basePath = '', tokenLife = 480_000 } = options;
  const tokens = new Map<string, number>();
  const variables = new Map<string, (string | Uint8Array)[]>();
  const forbidden = new Set<string>();
  const requests: string[] = [];
  let faults: ConjurFault[] = [];

  function authenticate({ headers, body, method }: Request): Reply {
    if (method !== 'POST') return [404];
    if (headers['accept-encoding'] !== 'base64') return [400];
    if (body !== apiKey) return [401];
    const signature = randomBytes(24).toString('base64');
    tokens.set(signature, Date.now() + tokenLife);
    const token = JSON.stringify({ protected: 'e30=', payload: 'e30=', signature });
    if (options.withoutBase64) return [200, token, 'application/json'];
    return [200, Buffer.from(token).toString('base64'), 'text/plain'];
  }

  function readVariable({ headers, method, target }: Request, prefix: string): Reply {
    if (method !== 'GET') return [404];
    if (!isAuthorized(headers.authorization)) return [401];
    const [path = '', query] = target.slice(prefix.length).split('?');
    if (path.includes('/') || encodeURIComponent(decodeURIComponent(path)) !== path) return [400];
    if (query !== undefined && !/^version=[1-9]\d*$/.test(query)) return [422];
    return storedValue(decodeURIComponent(path), query?.replace('version=', ''));
  }

  function storedValue(id: string, version: string | undefined): Reply {
    if (forbidden.has(id)) return [403];
    const versions = variables.get(id) ?? [];
    const value = versions[Number(version ?? versions.length) - 1];
    return value === undefined ? [404] : [200, value];
  }

  function isAuthorized(header = ''): boolean {
    const encoded = /^Token token="([A-Za-z0-9+/]+={0,2})"$/.exec(header)?.[1];
    if (encoded === undefined) return false;
    const { signature } = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8'));
    return (tokens.get(signature) ?? 0) > Date.now();
  }

  const loginPath = `${basePath}/authn/${encodeURIComponent(account)}/${encodeURIComponent(login)}/authenticate`;
  const variablePath = `${basePath}/secrets/${encodeURIComponent(account)}/variable/`;

  function placeOf(target: string): ConjurFault['at'] | 'nowhere' {
    if (target === loginPath) return 'login';
    return target.startsWith(variablePath) ? 'variable' : 'nowhere';
  }

  function replyTo(request: Request): Reply {
    const place = placeOf(request.target);
    if (place === 'login') return authenticate(request);
    if (place === 'variable') return readVariable(request, variablePath);
    // A login or an account that Conjur does not know is answered like a wrong key.
    return request.target.startsWith(`${basePath}/authn/`) ? [401] : [404];
  }

  function serve(request: Request, response: ServerResponse): void | Promise<void> {
    requests.push(`${request.method} ${request.target}`);
    const place = placeOf(request.target);
    const fault = faults.find(({ at }) => at === place);
    faults = faults.filter((other) => other !== fault || --other.times > 0);
    if (fault === undefined) return send(response, replyTo(request));
    if (typeof fault.fault === 'number') return send(response, [fault.fault]);
    return misbehaviours[fault.fault](response, { type: 'text/plain', beginning: 'hunter2' });
  }

  const server = await startLoopbackServer(serve, { identity: options.identity });
  return {
    url: `${server.url}${basePath}`,
    requests,
    put: (id, ...versions) => variables.set(id, [...(variables.get(id) ?? []), ...versions]),
    forbid: (id) => forbidden.add(id),
    fail: (at, fault, times = Number.POSITIVE_INFINITY) => faults.push({ at, fault, times }),
    recover: () => {
      faults = [];
    },
    close: server.close,
  };
}

/** What is refused has a body that nobody may repeat. */
function send(response: ServerResponse, [status, body = 'hunter2', type = 'application/octet-stream']: Reply): void {
  response.writeHead(status, { 'content-type': type }).end(body);
}
