import type { ServerResponse } from 'node:http';
import { type LoopbackOptions, type Request, startLoopbackServer } from './loopback-server.ts';
import { type MisbehaviourName, misbehaviours } from './misbehaviours.ts';
import { type Engine, refused, unversionedEngine, type VaultReply, versionedEngine } from './vault-engine.ts';
import { type AuthMethod, judgeLogin } from './vault-logins.ts';
import { createTokenStore, namespaceOf, type TokenTerms, textOf } from './vault-tokens.ts';

/** What is answered instead of what Vault would, or what a broken server does. */
export type VaultFault = VaultReply | MisbehaviourName | { readonly status: number; readonly location: string };

export type VaultEmulator = {
  readonly url: string;
  readonly port: number;
  readonly requests: Request[];
  /** Tokens that logins gave, and those that were revoked. */
  readonly given: string[];
  readonly revoked: string[];
  mount(path: string, kv: 'v1' | 'v2', namespace?: string): Engine;
  enable(path: string, method: AuthMethod, terms?: TokenTerms): void;
  createToken(terms?: TokenTerms): string;
  /** One for each of the next requests; then all is well. */
  fail(...faults: VaultFault[]): void;
  failAlways(fault: VaultFault): void;
  recover(): void;
  close(): Promise<void>;
};

type Mount = { readonly path: string; readonly namespace: string; readonly engine: Engine };
type Enabled = { readonly path: string; readonly method: AuthMethod; readonly terms: TokenTerms };
type State = {
  readonly given: string[];
  readonly revoked: string[];
  readonly mounts: Mount[];
  readonly methods: Enabled[];
  readonly tokens: ReturnType<typeof createTokenStore>;
};

/** HashiCorp Vault's HTTP interface as far as it is used: KV of both versions, logins, tokens and their end. All else is refused. */
export async function startVault(options: LoopbackOptions = {}): Promise<VaultEmulator> {
  const state: State = { given: [], revoked: [], mounts: [], methods: [], tokens: createTokenStore() };
  const requests: Request[] = [];
  let faults: VaultFault[] = [];
  let lasting: VaultFault | undefined;
  const server = await startLoopbackServer(async (request, response) => {
    requests.push(request);
    const fault = faults.shift() ?? lasting;
    if (typeof fault !== 'string') return send(response, fault ?? route(request, state));
    const answers = { type: 'application/json', beginning: '{"data":{"pg_password":"half-of-the-sec' };
    await misbehaviours[fault](response, answers);
  }, options);
  return {
    url: server.url,
    port: server.port,
    requests,
    given: state.given,
    revoked: state.revoked,
    mount(path, kv, namespace = '') {
      const engine = kv === 'v1' ? unversionedEngine() : versionedEngine();
      state.mounts.push({ path, namespace, engine });
      return engine;
    },
    enable: (path, method, terms = {}) => {
      state.methods.push({ path, method, terms });
    },
    createToken: (terms = {}) => state.tokens.create(terms),
    fail: (...next) => {
      faults = next;
    },
    failAlways: (fault) => {
      lasting = fault;
    },
    recover: () => {
      faults = [];
      lasting = undefined;
    },
    close: server.close,
  };
}

/** A target that is written in another way than it would be read is nobody's: no `..`, nothing encoded twice. */
function route(request: Request, state: State): VaultReply {
  const url = new URL(request.target, 'http://vault');
  const path = decodeURIComponent(url.pathname.replace(/^\/v1\//, ''));
  if (!url.pathname.startsWith('/v1/') || `${url.pathname}${url.search}` !== request.target) return noHandler(path);
  if (request.method === 'GET') return read(request, path, url.searchParams, state);
  if (request.method !== 'POST' || url.search !== '') return refused(405, 'unsupported operation');
  if (path === 'auth/token/revoke-self') return revokeSelf(request, state);
  const login = /^auth\/(.+)\/login$/.exec(path)?.[1];
  return login === undefined ? noHandler(path) : logIn(request, login, state);
}

function read(request: Request, path: string, query: URLSearchParams, { tokens, mounts }: State): VaultReply {
  const terms = tokens.use(request);
  if (terms === undefined) return refused(403, '2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n');
  if (path === 'auth/token/lookup-self') return { status: 200, body: { data: tokens.describe(request) } };
  if (terms.paths !== undefined && !terms.paths.includes(path)) {
    return refused(403, '1 error occurred:\n\t* permission denied\n\n');
  }
  const namespace = namespaceOf(request);
  const mount = mounts.find((one) => one.namespace === namespace && path.startsWith(`${one.path}/`));
  return mount === undefined ? noHandler(path) : mount.engine.read(path.slice(mount.path.length + 1), query);
}

function logIn(request: Request, path: string, { methods, tokens, given }: State): VaultReply {
  const namespace = namespaceOf(request);
  const found = methods.find((one) => one.path === path && (one.terms.namespace ?? '') === namespace);
  if (found === undefined) return noHandler(`auth/${path}/login`);
  const outcome = judgeLogin(found.method, request);
  if ('error' in outcome) return refused(outcome.status, outcome.error);
  const { uses = 0, seconds = 0, type = 'service' } = found.terms;
  const client_token = tokens.create(found.terms);
  given.push(client_token);
  const rest = { accessor: 'a1', policies: ['default', 'kong'], renewable: true, metadata: null };
  const auth = { client_token, ...rest, lease_duration: seconds, token_type: type, num_uses: uses };
  return { status: 200, body: { auth, data: null } };
}

function revokeSelf(request: Request, { tokens, revoked }: State): VaultReply {
  if (!tokens.revoke(request)) return refused(403, 'permission denied', 'invalid token');
  revoked.push(textOf(request));
  return { status: 204 };
}

function noHandler(path: string): VaultReply {
  return refused(404, `no handler for route "${path}". route entry not found.`);
}

function send(response: ServerResponse, reply: VaultReply | { status: number; location: string }): void {
  if ('location' in reply) {
    response.writeHead(reply.status, { location: reply.location }).end();
    return;
  }
  response.writeHead(reply.status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end('body' in reply ? JSON.stringify(reply.body) : undefined);
}
