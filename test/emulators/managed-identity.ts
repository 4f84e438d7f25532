import { type Request, startLoopbackServer } from './loopback-server.ts';

export type ManagedIdentityOptions = {
  /** Where the endpoint is: beside a container (App Service, Container Apps), or the metadata of a machine (IMDS). */
  readonly kind: 'appService' | 'imds';
  readonly token: string;
  /** The client ID that has to be asked for; without it, that of the machine itself and none may be named. */
  readonly clientId?: string;
  /** Instead of an answer, for the first requests. */
  readonly fault?: { readonly what: 'hang' | 'noToken' | 404 | 410 | 500; readonly times?: number };
  readonly expiresIn?: number;
  /** What a token is given for; default: Key Vault. */
  readonly resource?: string;
  /** What the machine's metadata say of it; without it, they say nothing. */
  readonly machine?: Readonly<Record<string, string>>;
};

export type ManagedIdentity = {
  /** The variables that lead there. */
  readonly environment: Readonly<Record<string, string>>;
  readonly questions: string[];
  close(): Promise<void>;
};

const HEADER = '853b9a84-5bfa-4b22-a3f3-0b9a43d9ad8a';

/** The endpoint of a managed identity. Every parameter and header is checked, and no other is taken. */
export async function startManagedIdentity(options: ManagedIdentityOptions): Promise<ManagedIdentity> {
  const { kind, fault, machine } = options;
  const questions: string[] = [];
  let faultsLeft = fault === undefined ? 0 : (fault.times ?? Number.POSITIVE_INFINITY);
  const server = await startLoopbackServer((request, response) => {
    questions.push(`${request.method} ${request.target}`);
    const now = faultsLeft-- > 0 ? fault?.what : undefined;
    if (now === 'hang') return;
    const isOfMachine = request.target === '/metadata/instance?api-version=2021-02-01';
    if (kind === 'imds' && isOfMachine && machine !== undefined && forms.imds.isAllowed(request)) {
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
      response.end(JSON.stringify({ compute: machine, network: {} }));
      return;
    }
    const [status, body] =
      typeof now === 'number'
        ? ([now, { error: 'unavailable' }] as const)
        : answerTo(request, options, now === 'noToken');
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
  });
  const environment: Readonly<Record<string, string>> =
    kind === 'imds'
      ? { AZURE_POD_IDENTITY_AUTHORITY_HOST: server.url }
      : { IDENTITY_ENDPOINT: `${server.url}/msi/token`, IDENTITY_HEADER: HEADER };
  return { environment, questions, close: server.close };
}

type Form = { readonly path: string; readonly version: string; readonly isAllowed: (request: Request) => boolean };

const forms: Readonly<Record<ManagedIdentityOptions['kind'], Form>> = {
  appService: {
    path: '/msi/token',
    version: '2019-08-01',
    isAllowed: ({ headers }) => headers['x-identity-header'] === HEADER && headers['metadata'] === undefined,
  },
  imds: {
    path: '/metadata/identity/oauth2/token',
    version: '2018-02-01',
    isAllowed: ({ headers }) => headers['metadata'] === 'true' && headers['x-forwarded-for'] === undefined,
  },
};

function answerTo(
  request: Request,
  { kind, token, clientId, expiresIn = 86_399, resource: granted = 'https://vault.azure.net' }: ManagedIdentityOptions,
  withoutToken: boolean,
): readonly [status: number, body: object] {
  const form = forms[kind];
  const url = new URL(request.target, 'http://localhost');
  const { 'api-version': version, resource, client_id: asked, ...others } = Object.fromEntries(url.searchParams);
  if (request.method !== 'GET' || url.pathname !== form.path) return [404, {}];
  if (!form.isAllowed(request)) return [401, { error: 'unauthorized' }];
  if (version !== form.version || Object.keys(others).length > 0) return [400, { error: 'bad_request_102' }];
  if (resource !== granted) return [400, { error: 'invalid_resource' }];
  if (asked !== clientId) return [400, { error: 'invalid_request', error_description: 'Identity not found' }];
  const expires = String(Math.floor(Date.now() / 1000) + expiresIn);
  return [
    200,
    { ...(withoutToken ? {} : { access_token: token }), expires_on: expires, resource, token_type: 'Bearer' },
  ];
}
