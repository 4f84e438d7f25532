import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { CHINA, LOGIN, startAzure, VAULT } from '../emulators/azure.ts';
import { startManagedIdentity } from '../emulators/managed-identity.ts';
import { startProxy } from '../emulators/proxy.ts';
import { type AzureWorld, createAzureWorld, HIDDEN, TENANT } from './azure-world.ts';
import { timed } from './timed.ts';
import { assertStopsAtOnce, type Environment, type OpenVaultOptions, openVault } from './vault-world.ts';

const REFERENCE = '{vault://azure/kong-db}';
let world: AzureWorld;

before(async () => {
  world = await createAzureWorld();
  world.azure.putSecret('kong-db', 'value');
});
afterEach(() => world.azure.recover());
after(() => world.close());

function open(more: Environment = {}, options: OpenVaultOptions = {}) {
  return openVault({ ...world.environment, ...world.withSecret, ...more }, { hidden: HIDDEN, ...options });
}

describe('a host of Azure that does not do its work, at length', () => {
  const names = { [VAULT]: 'Azure Key Vault', [LOGIN]: 'Microsoft Entra ID' } as const;
  for (const host of [VAULT, LOGIN] as const) {
    for (const fault of ['hang', 'drip'] as const) {
      test(`is given up after 10 s: ${host}, ${fault}`, async () => {
        world.azure.fail(host, fault);
        const took = await timed(async () => {
          const failure = await open().failure(REFERENCE);
          assert.ok(
            failure.startsWith(`75 ${names[host]} at ${host} gave no complete answer within 10.0 s | check `),
            failure,
          );
        });
        assert.ok(took > 9_500 && took < 30_000, `${took} ms`);
      });
    }

    for (const fault of ['half', 'reset'] as const) {
      test(`is given up after three attempts when it breaks off: ${host}, ${fault}`, async () => {
        const before = world.azure.requests.filter((request) => request.startsWith(host)).length;
        world.azure.fail(host, fault);
        assert.match(
          await open().failure(REFERENCE),
          new RegExp(`^75 ${names[host]} at ${host} closed the connection \\(`),
        );
        assert.equal(world.azure.requests.filter((request) => request.startsWith(host)).length - before, 3);
      });
    }

    test(`is given up at once when the start is stopped, with the reason of the stop: ${host}`, async () => {
      world.azure.fail(host, 'hang');
      await assertStopsAtOnce((signal) => open({}, { signal }).read(REFERENCE), 500);
    });
  }

  test('is given up at once while a managed identity is asked for, too', async (t) => {
    const silent = await startManagedIdentity({ kind: 'imds', token: 'x', fault: { what: 'hang' } });
    t.after(() => silent.close());
    const environment = { ...world.environment, ...silent.environment };
    await assertStopsAtOnce((signal) => openVault(environment, { signal }).read(REFERENCE), 300);
  });
});

describe('a certificate', () => {
  const hint = 'put the certificate authority of the proxy into the file that NODE_EXTRA_CA_CERTS names';

  test('that nobody vouches for stops with 78', async () => {
    assert.equal(
      await open({ NODE_EXTRA_CA_CERTS: '' }).failure(REFERENCE),
      `78 the certificate of Microsoft Entra ID at ${LOGIN} is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT) | ${hint}`,
    );
  });

  test('of another host stops with 78, and the token does not go there', async (t) => {
    const other = await startAzure([LOGIN, 'elsewhere.vault.azure.net']);
    t.after(() => other.close());
    other.applications.push(...world.azure.applications);
    const NODE_EXTRA_CA_CERTS = world.write('other.pem', other.authority);
    assert.equal(
      await open({ NODE_EXTRA_CA_CERTS, HTTPS_PROXY: other.proxyUrl }).failure(REFERENCE),
      `78 the certificate of Azure Key Vault at ${VAULT} is for another host (ERR_TLS_CERT_ALTNAME_INVALID) | check the vault's name in KONG_VAULT_AZURE_VAULT_URI, such as https://NAME.vault.azure.net; a proxy or a load balancer may answer in its place`,
    );
    assert.deepEqual(other.requests, [`${LOGIN} POST /${TENANT}/oauth2/v2.0/token`]);
  });
});

describe('the proxy', () => {
  test("is Kong's own for Azure before the general one", async () => {
    const environment = { HTTPS_PROXY: 'http://127.0.0.1:9', AZURE_HTTPS_PROXY: world.azure.proxyUrl };
    assert.equal(await open(environment).read(REFERENCE), 'value');
  });

  test('gets the login of AZURE_AUTH_USERNAME and AZURE_AUTH_PASSWORD', async (t) => {
    const authorization = `Basic ${Buffer.from('kong:p@ss:word').toString('base64')}`;
    const strict = await startProxy({ authorization, route: world.azure.address });
    t.after(() => strict.close());
    const AZURE_HTTPS_PROXY = strict.url;
    const refused = await open({ AZURE_HTTPS_PROXY }).failure(REFERENCE);
    assert.match(refused, /^77 the proxy refused the connection \(status 407\)/);
    const login = { AZURE_AUTH_USERNAME: 'kong', AZURE_AUTH_PASSWORD: 'p@ss:word' };
    assert.equal(await open({ AZURE_HTTPS_PROXY, ...login }).read(REFERENCE), 'value');
    const wrong = await open({ AZURE_HTTPS_PROXY, ...login, AZURE_AUTH_PASSWORD: 'hunter2' }).failure(REFERENCE);
    assert.match(wrong, /^77 the proxy refused the connection \(status 407\)/);
  });

  test('is not asked for a host that AZURE_NO_PROXY names', async () => {
    const before = world.azure.tunnels.length;
    const failure = await open({
      AZURE_NO_PROXY: '.invalid,login.invalid',
      AZURE_AUTHORITY_HOST: 'https://login.invalid',
    }).failure(REFERENCE);
    assert.match(
      failure,
      /^75 the name login\.invalid of Microsoft Entra ID cannot be resolved \((ENOTFOUND|EAI_AGAIN)\)/,
    );
    assert.equal(world.azure.tunnels.length, before);
  });
});

describe('a vault in another cloud', () => {
  test('is asked with a token of its own Entra ID', async (t) => {
    const { applications } = world.azure;
    const [application] = applications;
    assert.ok(application !== undefined);
    applications.splice(0, 1, { ...application, resource: 'https://vault.azure.cn' });
    t.after(() => applications.splice(0, 1, application));
    const before = world.azure.requests.length;
    assert.equal(await open({ KONG_VAULT_AZURE_VAULT_URI: `https://${CHINA.vault}` }).read(REFERENCE), 'value');
    assert.deepEqual(world.azure.requests.slice(before), [
      `${CHINA.login} POST /${TENANT}/oauth2/v2.0/token`,
      `${CHINA.vault} GET /secrets/kong-db`,
    ]);
  });

  test('may have the Entra ID that AZURE_AUTHORITY_HOST names, with or without a slash', async () => {
    for (const AZURE_AUTHORITY_HOST of [`https://${CHINA.login}/`, CHINA.login]) {
      const before = world.azure.requests.length;
      assert.equal(await open({ AZURE_AUTHORITY_HOST }).read(REFERENCE), 'value');
      assert.ok(world.azure.requests.slice(before, -1).every((request) => request.startsWith(CHINA.login)));
    }
  });

  test('of no domain of Key Vault is a warning, and of plain http another', async () => {
    const told = open({
      KONG_VAULT_AZURE_VAULT_URI: 'http://my-vault.vault.azure.com',
      HTTP_PROXY: 'http://127.0.0.1:9',
    });
    await told.failure(REFERENCE);
    assert.deepEqual(told.lines, [
      "warn: the azure vault's option vault_uri names my-vault.vault.azure.com, which is in no domain of Key Vault (vault.azure.net, vault.azure.cn, vault.usgovcloudapi.net): the access token goes there",
      'warn: Azure Key Vault at my-vault.vault.azure.com is reached over plain http: secrets cross the network in clear text',
    ]);
  });
});

test('nothing of the process reaches the library: no variable of Azure, no proxy', async (t) => {
  const hostile = {
    HTTPS_PROXY: 'http://127.0.0.1:9',
    AZURE_AUTHORITY_HOST: 'https://127.0.0.1:9',
    AZURE_IDENTITY_DISABLE_MULTITENANTAUTH: 'true',
    AZURE_CLIENT_ID: '00000000-0000-0000-0000-000000000000',
    AZURE_TENANT_ID: '00000000-0000-0000-0000-000000000000',
    AZURE_FEDERATED_TOKEN_FILE: '/nonexistent',
    IDENTITY_ENDPOINT: 'http://127.0.0.1:9',
    IDENTITY_HEADER: 'hostile',
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
  };
  const before = Object.keys(hostile).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, hostile);
  t.after(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
  assert.equal(await open().read(REFERENCE), 'value');
  assert.equal(await open(world.withToken).read(REFERENCE), 'value');
  assert.match(await open({ NODE_EXTRA_CA_CERTS: '' }).failure(REFERENCE), /^78 the certificate of/);
});
