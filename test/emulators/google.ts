import type { ServerResponse } from 'node:http';
import { answerSignRequest, type Signer } from './google-iam-credentials.ts';
import { type GoogleRefusalName, googleRefusals, refusal } from './google-refusals.ts';
import { answerTokenRequest, type GoogleAccount, type Reply } from './google-token-endpoint.ts';
import { type Request, startLoopbackServer } from './loopback-server.ts';
import { type MisbehaviourName, misbehaviours } from './misbehaviours.ts';
import { startProxy } from './proxy.ts';
import { selfSigned } from './self-signed.ts';

/** One version of a secret; `DISABLED` and `DESTROYED` ones give no value. */
export type GoogleVersion = { readonly data?: string | Uint8Array; readonly state?: 'DISABLED' | 'DESTROYED' };

export type Google = {
  /** For `HTTPS_PROXY`: it leads every host to this machine. */
  readonly proxyUrl: string;
  /** The certificate authority of all these hosts, in PEM. */
  readonly authority: string;
  /** Those that the token endpoint knows. */
  readonly accounts: GoogleAccount[];
  /** Accounts that IAM Credentials signs for. */
  readonly signers: Signer[];
  /** The bearer token of each question that Secret Manager let in. */
  readonly bearers: string[];
  /** Host, method and target of every request. */
  readonly requests: string[];
  readonly headers: Request['headers'][];
  /** Adds a version to a secret of `project-123`; the newest is `latest`. */
  putSecret(name: string, version: string | GoogleVersion): void;
  /** Secret Manager accepts this token, which is of this account or metadata server. */
  addToken(token: string): void;
  /** The next requests to this host, or all of them, meet this. */
  fail(host: GoogleHost, fault: GoogleFault, times?: number): void;
  recover(): void;
  /** The time by which the token endpoint judges a signature; the tokens of others stay as they are. */
  useClock(now: () => number): void;
  close(): Promise<void>;
};

export const googleHosts = [
  'secretmanager.googleapis.com',
  'oauth2.googleapis.com',
  'iamcredentials.googleapis.com',
] as const;
export type GoogleHost = (typeof googleHosts)[number];
export type GoogleFault = MisbehaviourName | GoogleRefusalName;

const PATH = /^\/v1\/projects\/project-123\/secrets\/([\w-]+)\/versions\/(latest|\d+):access$/;

/** Google's token endpoint and Secret Manager on a loopback port, under their own names and over TLS. */
export async function startGoogle({
  hosts = googleHosts,
}: {
  readonly hosts?: readonly string[];
} = {}): Promise<Google> {
  const accounts: GoogleAccount[] = [];
  const signers: Signer[] = [];
  const secrets = new Map<string, GoogleVersion[]>();
  const tokens = new Set<string>();
  const bearers: string[] = [];
  const requests: string[] = [];
  const headers: Request['headers'][] = [];
  let clock: () => number = Date.now;
  let faults: { readonly host: string; readonly fault: GoogleFault; times: number }[] = [];

  async function serve(request: Request, response: ServerResponse): Promise<void> {
    const host = request.headers.host ?? '';
    headers.push(request.headers);
    requests.push(`${host} ${request.method} ${request.target}`);
    const fault = faults.find((next) => next.host === host);
    faults = faults.filter((next) => next !== fault || --next.times > 0);
    if (fault !== undefined) return misbehave(fault.fault, response);
    const { status, body } = answerAt(host, request);
    send(response, status, body);
  }

  function answerAt(host: string, request: Request): Reply {
    if (host === 'oauth2.googleapis.com') return answerTokenRequest(request, accounts, clock());
    return host === 'iamcredentials.googleapis.com' ? answerSignRequest(request, signers) : access(request, host);
  }

  function access({ method, target, headers: sent, body }: Request, host: string): Reply {
    const bearer = /^Bearer ([\x21-\x7e]+)$/.exec(sent.authorization ?? '')?.[1] ?? '';
    if (!tokens.has(bearer)) {
      const message = 'Request had invalid authentication credentials.';
      return refusal({ code: 401, status: 'UNAUTHENTICATED', message });
    }
    const [, name = '', version = ''] = PATH.exec(target) ?? [];
    if (method !== 'GET' || body !== '' || host !== 'secretmanager.googleapis.com' || name === '') {
      return refusal({ code: 404, status: 'NOT_FOUND', message: 'Method not found.' });
    }
    bearers.push(bearer);
    return versionReply(name, version, secrets.get(name) ?? []);
  }

  const identity = selfSigned(...hosts);
  const server = await startLoopbackServer(serve, { identity });
  const proxy = await startProxy({ route: new URL(server.url).host });
  return {
    proxyUrl: proxy.url,
    authority: identity.cert,
    accounts,
    signers,
    bearers,
    requests,
    headers,
    putSecret(name, version) {
      secrets.set(name, [...(secrets.get(name) ?? []), typeof version === 'string' ? { data: version } : version]);
    },
    addToken: (token) => tokens.add(token),
    fail: (host, fault, times = Number.POSITIVE_INFINITY) => faults.push({ host, fault, times }),
    recover() {
      faults = [];
    },
    useClock(now) {
      clock = now;
    },
    async close() {
      await proxy.close();
      await server.close();
    },
  };
}

function versionReply(name: string, asked: string, versions: readonly GoogleVersion[]): Reply {
  const number = asked === 'latest' ? versions.length : Number(asked);
  const version = versions[number - 1];
  const resource = `projects/123/secrets/${name}/versions/${number}`;
  if (versions.length === 0) {
    const message = `Secret [projects/123/secrets/${name}] not found or has no versions.`;
    return refusal({ code: 404, status: 'NOT_FOUND', message });
  }
  if (version === undefined) {
    return refusal({ code: 404, status: 'NOT_FOUND', message: `Secret Version [${resource}] not found.` });
  }
  if (version.state !== undefined) {
    const message = `Secret Version [${resource}] is in ${version.state} state.`;
    return refusal({ code: 400, status: 'FAILED_PRECONDITION', message });
  }
  const data = Buffer.from(version.data ?? '').toString('base64');
  return { status: 200, body: { name: resource, payload: { data, dataCrc32c: '1' } } };
}

async function misbehave(fault: GoogleFault, response: ServerResponse): Promise<void> {
  if (fault in misbehaviours) {
    const answers = { type: 'application/json', beginning: '{"payload":{"data":"aHVudGVyMg' };
    await misbehaviours[fault as MisbehaviourName](response, answers);
    return;
  }
  const { status, body } = refusal(googleRefusals[fault as GoogleRefusalName]);
  send(response, status, body);
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' });
  response.end(JSON.stringify(body));
}
