import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { type AzureFault, LOGIN, VAULT } from '../emulators/azure.ts';
import { CALLER, OBJECT } from '../emulators/azure-refusals.ts';
import { VAULT_TENANT } from '../emulators/key-vault.ts';
import { type AzureWorld, CLIENT, createAzureWorld, HIDDEN, TENANT } from './azure-world.ts';
import { type Environment, type OpenVault, openVault } from './vault-world.ts';

let world: AzureWorld;
let vault: OpenVault;

before(async () => {
  world = await createAzureWorld();
  const { azure } = world;
  azure.putSecret('kong-db', '{"pg_user":"kong"}');
  azure.putSecret('Name-9', 'whole ünicode\n');
  azure.putSecret('empty', '');
  azure.putSecret('off', { value: 'hunter2', enabled: false });
  vault = open();
});
afterEach(() => world.azure.recover());
after(() => world.close());

/** A variable that is given as nothing is taken away: set to nothing, it would unset what kong.conf says. */
function open(more: Environment = {}, conf: Environment = {}): OpenVault {
  const all = Object.entries({ ...world.environment, ...world.withSecret, ...more });
  return openVault(Object.fromEntries(all.filter(([, value]) => value !== '')), { hidden: HIDDEN, conf });
}

describe('the azure vault reads', () => {
  test('the newest version, by one login and one question', async () => {
    const before = world.azure.requests.length;
    assert.equal(await vault.read('{vault://azure/kong-db/pg_user}'), '{"pg_user":"kong"}');
    assert.deepEqual(world.azure.requests.slice(before), [
      `${LOGIN} POST /${TENANT}/oauth2/v2.0/token`,
      `${VAULT} GET /secrets/kong-db`,
    ]);
  });

  test('a name with every kind of character that Key Vault allows, and text as it was stored', async () => {
    assert.equal(await vault.read('{vault://azure/Name-9}'), 'whole ünicode\n');
    assert.equal(await vault.read('{vault://azure/empty}'), '');
  });

  test('with one token for several secrets', async () => {
    const before = world.azure.requests.length;
    const fresh = open();
    await Promise.all(['kong-db', 'empty', 'Name-9'].map((name) => fresh.read(`{vault://azure/${name}}`)));
    assert.equal(world.azure.requests.slice(before).filter((request) => request.startsWith(LOGIN)).length, 1);
  });

  test('after two answers that ask to come later', async () => {
    world.azure.fail(VAULT, 'unavailable', 2);
    assert.equal(await vault.read('{vault://azure/Name-9}'), 'whole ünicode\n');
  });
});

describe('the options of the azure vault', () => {
  const wrong = '00000000-0000-0000-0000-000000000000';
  const rows: readonly (readonly [option: string, good: string, bad: string])[] = [
    ['vault_uri', `https://${VAULT}/`, 'https://other-vault.vault.azure.net'],
    ['client_id', CLIENT, wrong],
    ['tenant_id', TENANT, wrong],
  ];
  const bare: Readonly<Record<string, Environment>> = {
    client_id: { AZURE_CLIENT_ID: '' },
    tenant_id: { AZURE_TENANT_ID: '' },
    vault_uri: { KONG_VAULT_AZURE_VAULT_URI: '' },
  };
  for (const [option, good, bad] of rows) {
    const variable = `KONG_VAULT_AZURE_${option.toUpperCase()}`;
    const query = (value: string) => `{vault://azure/kong-db?${option}=${encodeURIComponent(value)}}`;

    test(`${option} from kong.conf alone`, async () => {
      assert.equal(
        await open(bare[option], { [`vault_azure_${option}`]: good }).read('{vault://azure/kong-db}'),
        '{"pg_user":"kong"}',
      );
    });

    test(`${option} from ${variable} before kong.conf`, async () => {
      const conf = { [`vault_azure_${option}`]: bad };
      assert.equal(
        await open({ ...bare[option], [variable]: good }, conf).read('{vault://azure/kong-db}'),
        '{"pg_user":"kong"}',
      );
    });

    test(`${option} from the reference before ${variable}, and before a variable of Azure's`, async () => {
      assert.equal(await open({ [variable]: bad }).read(query(good)), '{"pg_user":"kong"}');
      assert.match(await open({ [variable]: good }).failure(query(bad)), /^7[578] /);
    });
  }

  test('client_id and tenant_id before AZURE_CLIENT_ID and AZURE_TENANT_ID, which count where those are unset', async () => {
    const options = { KONG_VAULT_AZURE_CLIENT_ID: CLIENT, KONG_VAULT_AZURE_TENANT_ID: TENANT };
    const variables = { AZURE_CLIENT_ID: wrong, AZURE_TENANT_ID: wrong };
    assert.equal(await open({ ...options, ...variables }).read('{vault://azure/kong-db}'), '{"pg_user":"kong"}');
    assert.match(await open(variables).failure('{vault://azure/kong-db}'), /^78 there is no tenant 0{8}-/);
  });

  test('may refer to the env vault', async () => {
    const environment = {
      KONG_VAULT_AZURE_TENANT_ID: '{vault://env/my-tenant}',
      MY_TENANT: TENANT,
      AZURE_TENANT_ID: wrong,
    };
    assert.equal(await open(environment).read('{vault://azure/kong-db}'), '{"pg_user":"kong"}');
  });

  test('type may be secrets, and location says nothing', async () => {
    const told = open({ KONG_VAULT_AZURE_TYPE: 'secrets', KONG_VAULT_AZURE_LOCATION: 'westeurope' });
    assert.equal(await told.read('{vault://azure/kong-db?location=eastus}'), '{"pg_user":"kong"}');
    assert.deepEqual(told.lines, []);
  });

  test('that do not exist are a warning: credentials_prefix is one of a Vault entity only', async () => {
    const told = open();
    await told.read('{vault://azure/kong-db?credentials_prefix=OTHER}');
    assert.deepEqual(told.lines, [
      'warn: the azure vault has no option ?credentials_prefix, which a reference gives; it has vault_uri, client_id, tenant_id, type, location, ttl, neg_ttl, resurrect_ttl, base64_decode',
    ]);
  });

  const url = 'give a URL that begins with https:// or http://, without a user, a query or a fragment';
  const only = 'give https://NAME.vault.azure.net, and nothing after it';
  const guid = 'give the client ID (application ID), such as 12345678-90ab-cdef-1234-567890abcdef';
  const tenant = 'give the ID of a tenant, such as 12345678-90ab-cdef-1234-567890abcdef, or one of its domains';
  const malformed: readonly (readonly [variable: string, text: string, failure: string])[] = [
    ['KONG_VAULT_AZURE_VAULT_URI', '', `78 no Azure Key Vault | set KONG_VAULT_AZURE_VAULT_URI: ${only}`],
    ...[
      'kong-vault',
      'kong-vault.vault.azure.net',
      'ftp://kong-vault.vault.azure.net',
      'https://',
      `https://kong:hunter2@${VAULT}`,
      `https://${VAULT}?x=1`,
      `https://${VAULT}#x`,
    ].map((text): readonly [string, string, string] => [
      'KONG_VAULT_AZURE_VAULT_URI',
      text,
      `78 KONG_VAULT_AZURE_VAULT_URI: this is not a usable URL | ${url}`,
    ]),
    [
      'KONG_VAULT_AZURE_VAULT_URI',
      `https://${VAULT}/secrets/kong-db`,
      `78 the azure vault's option vault_uri has a path | ${only}`,
    ],
    ['KONG_VAULT_AZURE_CLIENT_ID', 'kong', `78 KONG_VAULT_AZURE_CLIENT_ID: this is malformed | ${guid}`],
    ['KONG_VAULT_AZURE_TENANT_ID', '../common', `78 KONG_VAULT_AZURE_TENANT_ID: this is malformed | ${tenant}`],
    [
      'KONG_VAULT_AZURE_TYPE',
      'keys',
      '78 KONG_VAULT_AZURE_TYPE: this is malformed | give secrets, which is also the default',
    ],
    ['AZURE_CLIENT_ID', 'hunter2', `78 AZURE_CLIENT_ID: this is malformed | ${guid}`],
    ['AZURE_TENANT_ID', 'a/b', `78 AZURE_TENANT_ID: this is malformed | ${tenant}`],
    [
      'AZURE_AUTHORITY_HOST',
      'http://login.microsoftonline.com',
      '78 AZURE_AUTHORITY_HOST: this is not a host of Entra ID | give https://login.microsoftonline.com, or that of your cloud',
    ],
    [
      'AZURE_HTTPS_PROXY',
      'socks5://hunter2@host',
      '78 AZURE_HTTPS_PROXY: this is not a URL of an HTTP proxy | give http://host:port or https://host:port',
    ],
  ];
  for (const [variable, text, failure] of malformed) {
    test(`${variable}="${text}" stops with 78 before anything is asked`, async () => {
      const before = world.azure.requests.length;
      assert.equal(await open({ [variable]: text }).failure('{vault://azure/kong-db}'), failure);
      assert.equal(world.azure.requests.length, before);
    });
  }
});

describe('the azure vault stops with', () => {
  const references: readonly (readonly [reference: string, failure: string])[] = [
    [
      '{vault://azure/nope/k}',
      `66 secret "nope" not found in Key Vault ${VAULT} | check the name (az keyvault secret list --vault-name kong-vault); one that was deleted may be recovered (az keyvault secret recover); the last part of a reference's path is the key, not the name`,
    ],
    [
      '{vault://azure/off}',
      `66 secret "off" in Key Vault ${VAULT} is disabled | enable it: az keyvault secret set-attributes --vault-name kong-vault --name off --enabled true`,
    ],
    [
      '{vault://azure/kong-db/pg_user#1}',
      '78 the azure vault has no versions by number | remove #1: Kong reads the newest version of a secret in Key Vault, and no other',
    ],
    ...['kong_db', 'prod%2Fkong', 'a.b'].map((name): readonly [string, string] => [
      `{vault://azure/${name}}`,
      `78 "${decodeURIComponent(name)}" cannot be the name of a secret in Azure Key Vault | a name has up to 127 letters, digits and -; write {vault://azure/name/key}`,
    ]),
  ];
  for (const [reference, failure] of references) {
    test(`what ${reference} names`, async () => assert.equal(await vault.failure(reference), failure));
  }

  test('azure-certs as before, since certificates are of no use here', async () => {
    assert.match(await vault.failure('{vault://azure-certs/kong}'), /^78 the azure-certs vault holds TLS certificates/);
  });

  const elsewhere = 'check KONG_VAULT_AZURE_VAULT_URI and HTTPS_PROXY';
  const faults: readonly (readonly [fault: AzureFault, attempts: number, failure: string])[] = [
    [
      'rbac',
      1,
      `77 application ${CALLER} (client secret) may not read secret "kong-db" in Key Vault ${VAULT} (Microsoft.KeyVault/vaults/secrets/getSecret/action) | give it the role Key Vault Secrets User: az role assignment create --role "Key Vault Secrets User" --assignee ${OBJECT} --scope ID_OF_THE_VAULT; an assignment takes a few minutes to take effect`,
    ],
    [
      'policy',
      1,
      `77 application ${CALLER} (client secret) may not read secret "kong-db" in Key Vault ${VAULT} (secrets/get) | add an access policy: az keyvault set-policy --name kong-vault --object-id ${OBJECT} --secret-permissions get; or, where the vault uses roles, the role Key Vault Secrets User`,
    ],
    [
      'nobody',
      1,
      `77 the identity of the client secret may not read secret "kong-db" in Key Vault ${VAULT} (secrets/get) | add an access policy: az keyvault set-policy --name kong-vault --object-id OBJECT_ID --secret-permissions get; or, where the vault uses roles, the role Key Vault Secrets User`,
    ],
    [
      'firewall',
      1,
      `77 the firewall of Key Vault ${VAULT} does not let this address in (203.0.113.7) | allow the network (az keyvault network-rule add --name kong-vault --ip-address ... or --subnet ...), or reach the vault by a private endpoint`,
    ],
    [
      'connection',
      1,
      `77 Key Vault ${VAULT} accepts no connections from public networks | reach it by its private endpoint, whose address the name ${VAULT} has to resolve to here, or allow public access`,
    ],
    [
      'notYetValid',
      1,
      `66 secret "kong-db" in Key Vault ${VAULT} is not valid at this time | look at its activation and expiration dates, or store a new version`,
    ],
    [
      'wrongTenant',
      1,
      `77 Key Vault ${VAULT} belongs to another tenant than the access token (credentials from: client secret) | set KONG_VAULT_AZURE_TENANT_ID to the tenant of the vault, ${VAULT_TENANT}`,
    ],
    [
      'badAudience',
      1,
      `77 Key Vault ${VAULT} refused the access token (AKV10022) (credentials from: client secret) | check KONG_VAULT_AZURE_VAULT_URI, AZURE_AUTHORITY_HOST and the clock of this machine`,
    ],
    [
      'strange',
      1,
      `78 Key Vault ${VAULT} could not serve secret "kong-db" (status 409, BrandNew/Newer) | check the reference and the options of the azure vault; try az keyvault secret show --vault-name kong-vault --name kong-db`,
    ],
    [
      'throttle',
      3,
      `75 Azure Key Vault at ${VAULT} limits the rate of requests | start fewer containers at once, or try again later`,
    ],
    ['internal', 3, `75 Azure Key Vault at ${VAULT} failed (status 500) | try again later; see status.azure.com`],
    ['unavailable', 3, `75 Azure Key Vault at ${VAULT} failed (status 503) | try again later; see status.azure.com`],
    ['badGateway', 3, `75 Azure Key Vault at ${VAULT} failed (status 502) | try again later; see status.azure.com`],
    ['redirect', 1, `78 another server answers in place of Azure Key Vault at ${VAULT} (status 307) | ${elsewhere}`],
    ['html', 1, `78 another server answers in place of Azure Key Vault at ${VAULT} (status 200) | ${elsewhere}`],
    ['notJson', 1, `78 another server answers in place of Azure Key Vault at ${VAULT} (status 200) | ${elsewhere}`],
    [
      'huge',
      1,
      `78 another server answers in place of Azure Key Vault at ${VAULT}: its answer is larger than 1 MiB | check the vault's name in KONG_VAULT_AZURE_VAULT_URI, such as https://NAME.vault.azure.net; a proxy or a load balancer may answer in its place`,
    ],
  ];
  for (const [fault, attempts, failure] of faults) {
    test(`the fault ${fault} after ${attempts} attempt${attempts === 1 ? '' : 's'}`, async () => {
      await vault.read('{vault://azure/Name-9}');
      const before = world.azure.requests.length;
      world.azure.fail(VAULT, fault);
      assert.equal(await vault.failure('{vault://azure/kong-db}'), failure);
      assert.equal(world.azure.requests.length - before, attempts);
    });
  }
});
