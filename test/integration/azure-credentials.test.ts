import assert from 'node:assert/strict';
import { after, afterEach, before, describe, type TestContext, test } from 'node:test';
import { type AzureFault, LOGIN } from '../emulators/azure.ts';
import {
  type ManagedIdentity,
  type ManagedIdentityOptions,
  startManagedIdentity,
} from '../emulators/managed-identity.ts';
import {
  ASSERTION,
  type AzureWorld,
  CLIENT,
  CLIENT_SECRET,
  createAzureWorld,
  HIDDEN,
  TENANT,
  TOKENS,
} from './azure-world.ts';
import { type Environment, openVault } from './vault-world.ts';

let world: AzureWorld;

before(async () => {
  world = await createAzureWorld();
  world.azure.putSecret('kong-db', 'value');
});
afterEach(() => world.azure.recover());
after(() => world.close());

async function managed(t: TestContext, options: Partial<ManagedIdentityOptions> = {}): Promise<ManagedIdentity> {
  const server = await startManagedIdentity({ kind: 'imds', token: TOKENS.managed, ...options });
  t.after(() => server.close());
  return server;
}

/** The token that arrived at the vault. */
async function bearer(...environments: Environment[]): Promise<string | undefined> {
  const environment = Object.assign({}, world.environment, ...environments);
  assert.equal(await openVault(environment).read('{vault://azure/kong-db}'), 'value');
  return world.azure.bearers.at(-1);
}

async function failure(...environments: Environment[]): Promise<string> {
  const environment = Object.assign({}, world.environment, ...environments);
  return openVault(environment, { hidden: [...HIDDEN, CLIENT_SECRET, ASSERTION] }).failure('{vault://azure/kong-db}');
}

describe('the token is that of', () => {
  test('the client secret alone', async () => assert.equal(await bearer(world.withSecret), TOKENS.secret));
  test('workload identity alone', async () => assert.equal(await bearer(world.withToken), TOKENS.workload));

  for (const kind of ['imds', 'appService'] as const) {
    test(`the managed identity alone: ${kind}`, async (t) => {
      const { environment } = await managed(t, { kind });
      assert.equal(await bearer(environment), TOKENS.managed);
    });

    test(`the managed identity that client_id names: ${kind}`, async (t) => {
      const { environment } = await managed(t, { kind, clientId: CLIENT });
      assert.equal(await bearer(environment, { AZURE_CLIENT_ID: CLIENT }), TOKENS.managed);
      assert.equal(await bearer(environment, { KONG_VAULT_AZURE_CLIENT_ID: CLIENT }), TOKENS.managed);
    });
  }

  test('the client secret before workload identity', async () => {
    assert.equal(await bearer(world.withToken, world.withSecret), TOKENS.secret);
  });

  test('the client secret before the managed identity', async (t) => {
    const { environment, questions } = await managed(t, { clientId: CLIENT });
    assert.equal(await bearer(environment, world.withSecret), TOKENS.secret);
    assert.deepEqual(questions, []);
  });

  test('workload identity before the managed identity', async (t) => {
    const { environment, questions } = await managed(t, { clientId: CLIENT });
    assert.equal(await bearer(environment, world.withToken), TOKENS.workload);
    assert.deepEqual(questions, []);
  });

  test('the endpoint beside the container before the metadata of the machine', async (t) => {
    const node = await managed(t, { token: 'eyJ.of-the-node.sig' });
    const { environment } = await managed(t, { kind: 'appService' });
    assert.equal(await bearer(node.environment, environment), TOKENS.managed);
    assert.deepEqual(node.questions, []);
  });

  test('a link that has all it needs: half of one is skipped', async (t) => {
    const { environment } = await managed(t);
    assert.equal(await bearer(environment, { AZURE_CLIENT_SECRET: CLIENT_SECRET }), TOKENS.managed);
    const { AZURE_FEDERATED_TOKEN_FILE = '' } = world.withToken;
    assert.equal(await bearer(environment, { AZURE_FEDERATED_TOKEN_FILE, AZURE_TENANT_ID: TENANT }), TOKENS.managed);
  });

  for (const what of [404, 410, 500] as const) {
    test(`a managed identity that answers ${what} at first`, async (t) => {
      const { environment, questions } = await managed(t, { fault: { what, times: 2 } });
      assert.equal(await bearer(environment), TOKENS.managed);
      assert.equal(questions.length, 3);
    });
  }

  test('a managed identity, asked for again when the last one is about to expire', async (t) => {
    const { environment, questions } = await managed(t, { expiresIn: 50 });
    const vault = openVault({ ...world.environment, ...environment });
    for (let fetches = 0; fetches < 2; fetches += 1) await vault.read('{vault://azure/kong-db}');
    assert.equal(questions.length, 2);
  });
});

describe('without credentials', () => {
  const hint =
    'assign a managed identity, or use Workload Identity on AKS; or set KONG_VAULT_AZURE_TENANT_ID, KONG_VAULT_AZURE_CLIENT_ID and AZURE_CLIENT_SECRET';

  test('every link and its reason is told, and what to do', async () => {
    assert.equal(
      await failure(),
      `77 no Azure credentials (client secret: AZURE_CLIENT_SECRET not set; workload identity: AZURE_FEDERATED_TOKEN_FILE not set; managed identity: the managed identity endpoint at 127.0.0.1:1 refuses connections (ECONNREFUSED)) | ${hint}`,
    );
  });

  test('what is missing of a link is told', async () => {
    const { AZURE_FEDERATED_TOKEN_FILE = '' } = world.withToken;
    assert.match(
      await failure({ AZURE_CLIENT_SECRET: CLIENT_SECRET, AZURE_FEDERATED_TOKEN_FILE, AZURE_TENANT_ID: TENANT }),
      /client secret: KONG_VAULT_AZURE_CLIENT_ID not set; workload identity: KONG_VAULT_AZURE_CLIENT_ID not set;/,
    );
    assert.match(
      await failure({ AZURE_CLIENT_SECRET: CLIENT_SECRET }),
      /client secret: KONG_VAULT_AZURE_CLIENT_ID and KONG_VAULT_AZURE_TENANT_ID not set;/,
    );
  });

  const reasons: readonly (readonly [
    what: string,
    options: Partial<ManagedIdentityOptions>,
    more: Environment,
    reason: RegExp,
  ])[] = [
    [
      'hangs',
      { fault: { what: 'hang' } },
      {},
      /managed identity: the managed identity endpoint at .* gave no complete answer within 6\.0 s\)/,
    ],
    ['has no token', { fault: { what: 'noToken' } }, {}, /managed identity: its answer holds no token\)/],
    ['fails', { fault: { what: 500 } }, {}, /managed identity: it answered with status 500\)/],
    [
      'has another identity',
      {},
      { AZURE_CLIENT_ID: CLIENT },
      new RegExp(`managed identity: no identity ${CLIENT} is assigned here \\(status 400\\)\\)`),
    ],
    [
      'has no identity for us',
      { clientId: CLIENT },
      {},
      /managed identity: no identity is assigned here \(status 400\)\)/,
    ],
    [
      'is far away',
      {},
      { AZURE_POD_IDENTITY_AUTHORITY_HOST: 'http://metadata.example.com' },
      /managed identity: AZURE_POD_IDENTITY_AUTHORITY_HOST is neither https nor http beside the container\)/,
    ],
    [
      'is far away',
      { kind: 'appService' },
      { IDENTITY_ENDPOINT: 'http://identity.example.com/' },
      /managed identity: IDENTITY_ENDPOINT is neither https nor http beside the container\)/,
    ],
    [
      'has a header that cannot be sent',
      { kind: 'appService' },
      { IDENTITY_HEADER: 'a\nb' },
      /managed identity: IDENTITY_HEADER cannot be sent\)/,
    ],
  ];
  for (const [what, options, more, reason] of reasons) {
    test(`an endpoint that ${what} is told: ${Object.keys(more).join() || 'by itself'}`, async (t) => {
      const { environment } = await managed(t, options);
      assert.match(await failure(environment, more), reason);
    });
  }
});

describe('a token file', () => {
  const hint = 'label the pod azure.workload.identity/use: "true", so that AKS mounts the token, or unset the variable';

  test('that is absent or empty stops with 78', async () => {
    assert.equal(
      await failure(world.withToken, { AZURE_FEDERATED_TOKEN_FILE: '/nonexistent/token' }),
      `78 AZURE_FEDERATED_TOKEN_FILE: /nonexistent/token cannot be read: there is no such file | ${hint}`,
    );
    const path = world.write('no-token', '\n');
    assert.equal(
      await failure(world.withToken, { AZURE_FEDERATED_TOKEN_FILE: path }),
      `78 AZURE_FEDERATED_TOKEN_FILE: ${path} is empty | ${hint}`,
    );
  });
});

describe('what Entra ID refuses stops, and no other identity is taken:', () => {
  const ids =
    'check the client ID and the tenant ID, KONG_VAULT_AZURE_CLIENT_ID and KONG_VAULT_AZURE_TENANT_ID: the application may be registered in another tenant';
  const unknown = '00000000-0000-0000-0000-000000000000';
  const federation =
    'compare issuer, subject (system:serviceaccount:NAMESPACE:NAME) and audience (api://AzureADTokenExchange) of its federated credentials with the service account of the pod';
  const tenantHint =
    'check KONG_VAULT_AZURE_TENANT_ID or AZURE_TENANT_ID; a tenant of another cloud needs its AZURE_AUTHORITY_HOST';

  const rows: readonly (readonly [what: string, environment: () => Environment, failure: string])[] = [
    [
      'a wrong secret',
      () => ({ ...world.withSecret, AZURE_CLIENT_SECRET: 'hunter2' }),
      `77 Entra ID refused the client secret of application ${CLIENT} | set AZURE_CLIENT_SECRET to the value of a client secret, not to its ID, without a space or a line break around it`,
    ],
    [
      'a client ID that is unknown',
      () => ({ ...world.withSecret, AZURE_CLIENT_ID: unknown }),
      `77 there is no application ${unknown} in tenant ${TENANT} | ${ids}`,
    ],
    [
      'a tenant that is unknown',
      () => ({ ...world.withSecret, AZURE_TENANT_ID: 'nobody.example.com' }),
      `78 there is no tenant nobody.example.com | ${tenantHint}`,
    ],
    [
      'a token of another pod',
      () => ({ ...world.withToken, AZURE_FEDERATED_TOKEN_FILE: world.write('other', 'eyJ.hunter2.sig') }),
      `77 application ${CLIENT} has no federated credential that fits the token of this pod | ${federation}`,
    ],
  ];
  for (const [what, environment, sentence] of rows) {
    test(what, async (t) => {
      const { environment: other, questions } = await managed(t, { clientId: CLIENT });
      assert.equal(await failure(other, environment()), sentence);
      assert.deepEqual(questions, []);
    });
  }

  const elsewhere = 'check AZURE_AUTHORITY_HOST, HTTPS_PROXY and the DNS of this network';
  const faults: readonly (readonly [fault: AzureFault, attempts: number, failure: string])[] = [
    [
      'secretExpired',
      1,
      `77 the client secret of application ${CLIENT} has expired | create another: az ad app credential reset --id ${CLIENT} --append, and set AZURE_CLIENT_SECRET`,
    ],
    ['tenantMalformed', 1, `78 there is no tenant ${TENANT} | ${tenantHint}`],
    ['noPrincipal', 1, `77 there is no application ${CLIENT} in tenant ${TENANT} | ${ids}`],
    ['appDisabled', 1, `77 application ${CLIENT} is disabled | enable the application, or use another`],
    [
      'assertionExpired',
      1,
      `77 the token of this pod has expired, or is not valid yet, for application ${CLIENT} | check that the token in AZURE_FEDERATED_TOKEN_FILE is renewed, and the clock of this machine`,
    ],
    [
      'assertionSignature',
      1,
      `77 Entra ID refused the signature of the token of this pod for application ${CLIENT} | check that the issuer of its federated credential is that of this cluster (az aks show --query oidcIssuerProfile.issuerUrl)`,
    ],
    [
      'conditionalAccess',
      1,
      `77 a Conditional Access policy forbids the login of application ${CLIENT} | exclude it, or log in from a place that the policy allows`,
    ],
    [
      'noResource',
      1,
      `77 tenant ${TENANT} does not know Key Vault as a resource | check that it is in the cloud that AZURE_AUTHORITY_HOST names, and the tenant ID`,
    ],
    [
      'loginStrange',
      1,
      `77 Microsoft Entra ID at ${LOGIN} refused the login of application ${CLIENT} by client secret (AADSTS999999) | see https://login.microsoftonline.com/error?code=999999`,
    ],
    [
      'loginBusy',
      1,
      `75 Microsoft Entra ID at ${LOGIN} limits the rate of requests | start fewer containers at once, or try again later`,
    ],
    [
      'throttle',
      3,
      `75 Microsoft Entra ID at ${LOGIN} limits the rate of requests | start fewer containers at once, or try again later`,
    ],
    ['badGateway', 3, `75 Microsoft Entra ID at ${LOGIN} failed (status 502) | try again later; see status.azure.com`],
    ['redirect', 1, `78 another server answers in place of Microsoft Entra ID at ${LOGIN} (status 307) | ${elsewhere}`],
    ['html', 1, `78 another server answers in place of Microsoft Entra ID at ${LOGIN} (status 200) | ${elsewhere}`],
    ['notJson', 1, `78 another server answers in place of Microsoft Entra ID at ${LOGIN} (status 200) | ${elsewhere}`],
    [
      'huge',
      1,
      `78 another server answers in place of Microsoft Entra ID at ${LOGIN}: its answer is larger than 1 MiB | ${elsewhere}; a proxy or a load balancer may answer in its place`,
    ],
  ];
  for (const [fault, attempts, sentence] of faults) {
    test(`the fault ${fault} after ${attempts} attempt${attempts === 1 ? '' : 's'}`, async () => {
      const before = world.azure.requests.length;
      world.azure.fail(LOGIN, fault);
      assert.equal(await failure(world.withSecret), sentence);
      assert.equal(world.azure.requests.length - before, attempts);
    });
  }
});
