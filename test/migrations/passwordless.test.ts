import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { startGoogleMetadata } from '../emulators/google-metadata-server.ts';
import { createAccount } from '../emulators/google-token-endpoint.ts';
import { startManagedIdentity } from '../emulators/managed-identity.ts';
import { selfSigned } from '../emulators/self-signed.ts';
import { ASSERTION, type AzureWorld, CLIENT_SECRET, createAzureWorld, TENANT } from '../integration/azure-world.ts';
import { createGcpWorld, type GcpWorld } from '../integration/gcp-world.ts';
import { runEntrypoint } from '../world/kong-entrypoint.ts';
import { createScene, isHandedOver, runsOf, type Scene, startOf, type Variables, verdict } from './scene.ts';

/* A PostgreSQL as the clouds have it: TLS alone, the password in clear text, and that password is a token. */

const CLIENT = '77777777-8888-7777-6666-555555555555';
const RESOURCE = 'https://ossrdbms-aad.database.windows.net';
const SCOPE = 'https://www.googleapis.com/auth/sqlservice.login';
const EMAIL = 'kong@project-123.iam.gserviceaccount.com';
const TOKENS = {
  secret: 'eyJ.database-by-client-secret.sig',
  workload: 'eyJ.database-by-workload-identity.sig',
  managed: 'eyJ.database-by-managed-identity.sig',
  key: 'ya29.database-by-key',
  node: 'ya29.database-by-metadata-server',
} as const;
const HIDDEN = [...Object.values(TOKENS), CLIENT_SECRET, ASSERTION, 'PRIVATE KEY'];

let scene: Scene;
let azure: AzureWorld;
let gcp: GcpWorld;
const account = createAccount('database', TOKENS.key, SCOPE);

before(async () => {
  const { key, cert } = selfSigned();
  scene = await createScene({
    kong: { edition: 'enterprise' },
    postgresql: { tls: { key, certificate: cert }, hba: ['hostssl all all 127.0.0.1/32 password'] },
  });
  [azure, gcp] = await Promise.all([createAzureWorld(), createGcpWorld()]);
  azure.azure.applications.push({
    clientId: CLIENT,
    tenantId: TENANT,
    resource: RESOURCE,
    secret: { proof: CLIENT_SECRET, token: TOKENS.secret },
    assertion: { proof: ASSERTION, token: TOKENS.workload },
  });
  gcp.google.accounts.push(account);
});
after(async () => {
  await Promise.all([azure, gcp, scene].map((one) => one.close()));
});

/** An empty database, whose role logs in by this token. */
async function freshDatabase(token: string, given: Variables): Promise<Variables> {
  const environment = await scene.freshEnvironment();
  scene.world.kong.configure({ databaseToken: token });
  await scene.world.postgresql.query(`ALTER ROLE kong PASSWORD '${token}'`);
  const { KONG_PG_PASSWORD: _, ...others } = environment;
  return { ...others, ...given };
}

const azureAuth = (): Variables => ({ ...azure.environment, KONG_PG_AZURE_AUTH: 'on' });
const gcpAuth = (): Variables => ({ ...gcp.environment, KONG_PG_GCP_AUTH: 'on' });
const principal = (): Variables => ({
  ...azureAuth(),
  KONG_PG_AZURE_CLIENT_ID: CLIENT,
  KONG_PG_AZURE_TENANT_ID: TENANT,
  KONG_PG_AZURE_CLIENT_SECRET: CLIENT_SECRET,
});

type Row = {
  readonly what: string;
  readonly token: string;
  /** What has to be set, and how often the source of the token was asked since. */
  given(t: TestContext): Promise<{ readonly variables: Variables; asked(): number }>;
};

function askedOf(requests: readonly string[], pattern: RegExp): () => number {
  const before = requests.length;
  return () => requests.slice(before).filter((request) => pattern.test(request)).length;
}

const rows: readonly Row[] = [
  {
    what: 'pg_azure_auth by a client secret in its own settings',
    token: TOKENS.secret,
    given: async () => ({ variables: principal(), asked: askedOf(azure.azure.requests, /POST/) }),
  },
  {
    what: "pg_azure_auth by a client secret in Azure's own variables",
    token: TOKENS.secret,
    given: async () => ({
      variables: { ...azureAuth(), ...azure.withSecret, AZURE_CLIENT_ID: CLIENT },
      asked: askedOf(azure.azure.requests, /POST/),
    }),
  },
  {
    what: 'pg_azure_auth by workload identity',
    token: TOKENS.workload,
    given: async () => ({
      variables: { ...azureAuth(), ...azure.withToken, AZURE_CLIENT_ID: CLIENT },
      asked: askedOf(azure.azure.requests, /POST/),
    }),
  },
  {
    what: 'pg_azure_auth by the managed identity of a machine, which pg_azure_client_id names',
    token: TOKENS.managed,
    async given(t) {
      const server = await startManagedIdentity({
        kind: 'imds',
        token: TOKENS.managed,
        clientId: CLIENT,
        resource: RESOURCE,
      });
      t.after(() => server.close());
      const variables = { ...azureAuth(), ...server.environment, KONG_PG_AZURE_CLIENT_ID: CLIENT };
      return { variables, asked: askedOf(server.questions, /GET/) };
    },
  },
  {
    what: 'pg_azure_auth by the managed identity beside a container',
    token: TOKENS.managed,
    async given(t) {
      const server = await startManagedIdentity({ kind: 'appService', token: TOKENS.managed, resource: RESOURCE });
      t.after(() => server.close());
      return { variables: { ...azureAuth(), ...server.environment }, asked: askedOf(server.questions, /GET/) };
    },
  },
  {
    what: 'pg_gcp_auth by the key of a service account, before the metadata server',
    token: TOKENS.key,
    async given(t) {
      const server = await startGoogleMetadata({ email: EMAIL, token: TOKENS.node, scope: SCOPE });
      t.after(() => server.close());
      const key = { KONG_PG_GCP_SERVICE_ACCOUNT_JSON: account.keyText, GCE_METADATA_HOST: server.host };
      return { variables: { ...gcpAuth(), ...key }, asked: askedOf(gcp.google.requests, /POST/) };
    },
  },
  {
    what: 'pg_gcp_auth by the metadata server',
    token: TOKENS.node,
    async given(t) {
      const server = await startGoogleMetadata({ email: EMAIL, token: TOKENS.node, scope: SCOPE });
      t.after(() => server.close());
      return { variables: { ...gcpAuth(), GCE_METADATA_HOST: server.host }, asked: askedOf(server.questions, /token/) };
    },
  },
];

describe('with a token for a password, waiting, lock, memory and hand-over are as with a password:', () => {
  for (const { what, token, given } of rows) {
    test(what, async (t) => {
      const { variables, asked } = await given(t);
      const environment = await freshDatabase(token, variables);

      const first = await runEntrypoint(startOf(environment));
      assert.ok(isHandedOver(first), first.stderr);
      assert.equal(asked(), 1, 'one token for all connections');
      const record = scene.recordOf(environment);
      assert.equal(runsOf(record, 'bootstrap').length, 1);
      const [child] = runsOf(record, 'bootstrap');
      for (const [name, value] of Object.entries(variables)) assert.equal(child?.environment[name], value, name);

      const second = await runEntrypoint(startOf(environment));
      assert.ok(isHandedOver(second), second.stderr);
      assert.match(second.stderr, /schema ready \(remembered; --fast-path off asks Kong\)/);
      assert.equal(scene.recordOf(environment).length, record.length, 'no Kong was run');
      for (const hidden of HIDDEN) assert.ok(!`${first.stderr}${second.stderr}`.includes(hidden), 'a secret is told');
    });
  }

  test('a server that is down is waited for', async () => {
    const environment = await freshDatabase(TOKENS.secret, principal());
    await scene.world.postgresql.stop();
    const starting = runEntrypoint(startOf(environment));
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await scene.world.postgresql.start();
    const ended = await starting;
    assert.ok(isHandedOver(ended), ended.stderr);
    assert.match(ended.stderr, /waiting for PostgreSQL at 127\.0\.0\.1:\d+: nothing listens there yet/);
  });

  test('two starts at once bootstrap once', async () => {
    const environment = await freshDatabase(TOKENS.secret, principal());
    const ended = await Promise.all([1, 2].map(() => runEntrypoint(startOf(environment))));
    for (const one of ended) assert.ok(isHandedOver(one), one.stderr);
    assert.equal(runsOf(scene.recordOf(environment), 'bootstrap').length, 1);
  });

  test('a client secret may be a reference', async () => {
    const { KONG_PG_AZURE_CLIENT_SECRET: secret = '', ...others } = principal();
    const reference = { KONG_PG_AZURE_CLIENT_SECRET: '{vault://env/azure-secret}', AZURE_SECRET: secret };
    const ended = await runEntrypoint(startOf(await freshDatabase(TOKENS.secret, { ...others, ...reference })));
    assert.ok(isHandedOver(ended), ended.stderr);
  });
});

describe('--check and --plan', () => {
  test('log in by the token, and say so beforehand', async () => {
    const environment = await freshDatabase(TOKENS.secret, principal());
    const checked = await runEntrypoint(startOf(environment, ['--check']));
    assert.match(checked.stdout, /ok +database +\d+ ms +logged in/);
    assert.match(checked.stdout, /ok +server +\d+ ms +PostgreSQL [\d.]+, TLSv1/);
    const planned = await runEntrypoint(startOf(environment, ['--plan']));
    assert.match(planned.stdout, /ask for a token for the login \(pg_azure_auth\)/);
    assert.match(planned.stdout, /required/);
  });
});

describe('what is refused ends the start:', () => {
  const connection = (environment: Variables): string =>
    `kong@127.0.0.1:${environment['KONG_PG_PORT']}/${environment['KONG_PG_DATABASE']}`;

  test('a token that is not good for the role: 77', async () => {
    const environment = await freshDatabase('another', principal());
    const ended = await runEntrypoint(startOf(environment));
    assert.equal(ended.exitCode, 77);
    assert.deepEqual(verdict(ended), [
      `error: KONG_PG_AZURE_AUTH: ${connection(environment)}: PostgreSQL refused the token for this role`,
      'hint: give KONG_PG_USER the name of the identity, and make it a role (SELECT * FROM pgaadauth_create_principal(...)) of a server with Microsoft Entra authentication',
    ]);
  });

  test('a server without TLS, which never gets the token: 78', async (t) => {
    const plain = await createScene({
      kong: { edition: 'enterprise' },
      postgresql: { hba: ['host all all 127.0.0.1/32 password'] },
    });
    t.after(() => plain.close());
    const environment = { ...(await plain.freshEnvironment()), ...principal() };
    await plain.world.postgresql.query(`ALTER ROLE kong PASSWORD '${TOKENS.secret}'`);
    const ended = await runEntrypoint(startOf(environment));
    assert.equal(ended.exitCode, 78);
    assert.match(verdict(ended)[0] ?? '', /the server has no TLS, and it is required$/);
  });

  test('a client secret that Entra ID refuses: 77, and no other identity is taken', async (t) => {
    const server = await startManagedIdentity({ kind: 'appService', token: TOKENS.managed, resource: RESOURCE });
    t.after(() => server.close());
    const wrong = { ...principal(), ...server.environment, KONG_PG_AZURE_CLIENT_SECRET: 'hunter2' };
    const ended = await runEntrypoint(startOf(await freshDatabase(TOKENS.managed, wrong)));
    assert.equal(ended.exitCode, 77);
    assert.deepEqual(verdict(ended), [
      `error: KONG_PG_AZURE_AUTH: Entra ID refused the client secret of application ${CLIENT}`,
      'hint: set KONG_PG_AZURE_CLIENT_SECRET to the value of a client secret, not to its ID, without a space or a line break around it',
    ]);
    assert.deepEqual(server.questions, []);
  });

  test('a client ID of another form: 78', async () => {
    const wrong = { ...principal(), KONG_PG_AZURE_CLIENT_ID: 'kong' };
    const ended = await runEntrypoint(startOf(await freshDatabase(TOKENS.secret, wrong)));
    assert.equal(ended.exitCode, 78);
    assert.match(verdict(ended)[0] ?? '', /^error: KONG_PG_AZURE_CLIENT_ID: this is malformed$/);
  });

  test('no identity at all: 77, with each source and why it gave none', async () => {
    const ended = await runEntrypoint(startOf(await freshDatabase(TOKENS.secret, azureAuth())));
    assert.equal(ended.exitCode, 77);
    const [error = '', hint] = verdict(ended);
    assert.match(
      error,
      /^error: KONG_PG_AZURE_AUTH: no Azure credentials \(client secret: KONG_PG_AZURE_CLIENT_SECRET not set; workload identity: AZURE_FEDERATED_TOKEN_FILE not set; managed identity: .*\)$/,
    );
    assert.equal(
      hint,
      'hint: assign a managed identity, or use Workload Identity on AKS; or set KONG_PG_AZURE_TENANT_ID, KONG_PG_AZURE_CLIENT_ID and KONG_PG_AZURE_CLIENT_SECRET',
    );
  });

  test('a key of Google that is none: 78', async () => {
    const wrong = { ...gcpAuth(), KONG_PG_GCP_SERVICE_ACCOUNT_JSON: '/secrets/key.json' };
    const ended = await runEntrypoint(startOf(await freshDatabase(TOKENS.key, wrong)));
    assert.equal(ended.exitCode, 78);
    assert.deepEqual(verdict(ended), [
      'error: KONG_PG_GCP_SERVICE_ACCOUNT_JSON: this is not a JSON object',
      'hint: give the text of the key file, not its path',
    ]);
  });
});

describe('pg_oauth_auth', () => {
  test('is left to kong migrations, and the start says what it lacks', async () => {
    const environment = await freshDatabase('by-oauth', { KONG_PG_OAUTH_AUTH: 'on' });
    const ended = await runEntrypoint(startOf(environment));
    assert.ok(isHandedOver(ended), ended.stderr);
    assert.match(
      ended.stderr,
      /warn: pg_oauth_auth: only Kong itself can log in to PostgreSQL \(SASL OAUTHBEARER\)\. This start does not wait for the server, takes no lock/,
    );
    const checked = await runEntrypoint(startOf(environment, ['--check']));
    assert.match(checked.stdout, /pg_oauth_auth: only Kong itself can log in to PostgreSQL/);
  });
});
