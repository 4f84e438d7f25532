import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type GoogleMetadata, startGoogleMetadata } from '../emulators/google-metadata-server.ts';
import { type ManagedIdentity, startManagedIdentity } from '../emulators/managed-identity.ts';
import { type AzureWorld, createAzureWorld, HIDDEN, TOKENS } from '../integration/azure-world.ts';
import { createGcpWorld, type GcpWorld } from '../integration/gcp-world.ts';
import { runEntrypoint } from '../world/kong-entrypoint.ts';
import { createWorld, KONG_PASSWORD, KONG_USER, type World } from '../world/world.ts';
import { startOf, type Variables } from './how-to-start.ts';
import { programs } from './programs.ts';

const SECRET = 'kong-gateway-database';
const NODE_TOKEN = 'ya29.token-of-the-node';
let world: World;
let gcp: GcpWorld;
let azure: AzureWorld;
let metadata: GoogleMetadata;
let identity: ManagedIdentity;

before(async () => {
  world = await createWorld({ kong: { edition: 'enterprise' } });
  [gcp, azure] = await Promise.all([createGcpWorld(), createAzureWorld()]);
  metadata = await startGoogleMetadata({ email: 'node@project-123.iam.gserviceaccount.com', token: NODE_TOKEN });
  identity = await startManagedIdentity({ kind: 'appService', token: TOKENS.managed });
  const value = JSON.stringify({ pg_user: KONG_USER, pg_password: KONG_PASSWORD });
  gcp.google.putSecret(SECRET, value);
  gcp.google.addToken(NODE_TOKEN);
  azure.azure.putSecret(SECRET, value);
});
after(async () => {
  await Promise.all([gcp, azure, metadata, identity].map((one) => one.close()));
  await world.close();
});

/** Where the token comes from, what has to be set for it, and the token that has to arrive at the vault. */
type Row = { readonly what: string; readonly vault: 'gcp' | 'azure'; given(): Variables; token(): string };
const rows: readonly Row[] = [
  {
    what: 'gcp by the key of a service account',
    vault: 'gcp',
    given: () => ({ ...gcp.environment, GCP_SERVICE_ACCOUNT: gcp.account.keyText }),
    token: () => gcp.account.token,
  },
  {
    what: 'gcp by the metadata server',
    vault: 'gcp',
    given: () => ({ ...gcp.environment, GCE_METADATA_HOST: metadata.host }),
    token: () => NODE_TOKEN,
  },
  {
    what: 'azure by a client secret',
    vault: 'azure',
    given: () => ({ ...azure.environment, ...azure.withSecret }),
    token: () => TOKENS.secret,
  },
  {
    what: 'azure by workload identity',
    vault: 'azure',
    given: () => ({ ...azure.environment, ...azure.withToken }),
    token: () => TOKENS.workload,
  },
  {
    what: 'azure by a managed identity',
    vault: 'azure',
    given: () => ({ ...azure.environment, ...identity.environment }),
    token: () => TOKENS.managed,
  },
];

/** What would make a library talk, read or call elsewhere, if it saw it. */
const tempting: Variables = {
  DEBUG: '*',
  AZURE_LOG_LEVEL: 'verbose',
  GOOGLE_SDK_NODE_LOGGING: 'all',
  AZURE_REGIONAL_AUTHORITY_NAME: 'westus',
  MSAL_FORCE_REGION: 'westus',
  GOOGLE_CLOUD_QUOTA_PROJECT: 'another',
};

for (const program of programs) {
  describe(`the ${program.name}`, () => {
    for (const { what, vault, given, token } of rows) {
      test(`${what}: one question, values for migrations, references for Kong, and nothing else is told or written`, async (t) => {
        const bearers = vault === 'gcp' ? gcp.google.bearers : azure.azure.bearers;
        const home = mkdtempSync(join(tmpdir(), 'home-'));
        t.after(() => rmSync(home, { recursive: true }));
        world.kong.clearRecord();
        const references = {
          KONG_PG_USER: `{vault://${vault}/${SECRET}/pg_user}`,
          KONG_PG_PASSWORD: `{vault://${vault}/${SECRET}/pg_password}`,
        };
        const environment = {
          ...(await world.createKongDatabase()),
          ...references,
          ...given(),
          ...tempting,
          HOME: home,
          KONG_ENTRYPOINT_PROGRAM: world.kong.entryScript,
        };
        const before = bearers.length;
        const ended = await runEntrypoint(startOf(program, ['kong', 'docker-start'], environment));

        assert.deepEqual(bearers.slice(before), [token()]);
        assertMigrated();
        assertHandedOver(environment);
        const said = `${ended.stdout}${ended.stderr}`;
        for (const hidden of [...HIDDEN, KONG_PASSWORD, NODE_TOKEN, gcp.account.token, 'PRIVATE KEY']) {
          assert.ok(!said.includes(hidden), 'a secret is told');
        }
        assert.match(
          ended.stderr,
          new RegExp(`2 references \\(KONG_PG_USER, KONG_PG_PASSWORD\\), 1 secret from ${vault} in`),
        );
        assert.doesNotMatch(ended.stderr, /msal|@azure|google-auth|ClientSecretCredential/i);
        assert.deepEqual(readdirSync(home), []);
      });
    }
  });
}

/** The migrations that were run before Kong was there, each with the values and nothing that opens the vault. */
function assertMigrated(): void {
  const children = world.kong.record().filter(({ arguments: words }) => words[0] === 'migrations');
  assert.deepEqual(
    children.map(({ arguments: words }) => words[1]),
    ['bootstrap'],
  );
  for (const { environment: given } of children) {
    assert.deepEqual([given['KONG_PG_USER'], given['KONG_PG_PASSWORD']], [KONG_USER, KONG_PASSWORD]);
    const opening = ['AZURE_CLIENT_SECRET', 'GCP_SERVICE_ACCOUNT', 'IDENTITY_HEADER', 'AZURE_FEDERATED_TOKEN_FILE'];
    assert.deepEqual(
      opening.filter((name) => given[name] !== undefined),
      [],
    );
  }
}

/** The stand-in for Kong dereferences no reference of these clouds: what counts here is what it was given. */
function assertHandedOver(environment: Variables): void {
  const after = world.kong.record().find(({ arguments: words }) => words[0] !== 'migrations');
  assert.deepEqual(after?.arguments, ['kong', 'docker-start']);
  const block = Object.entries(environment).map(([name, value]) => `${name}=${value}\0`);
  assert.equal(after?.environ.toString('utf8'), block.join(''));
}
