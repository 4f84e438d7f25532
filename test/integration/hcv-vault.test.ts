import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { hcvBackend } from '../../src/vaults/hcv/options.ts';
import { startVault, type VaultEmulator } from '../emulators/hashicorp-vault.ts';
import { atVault, type Environment, hcvVault, placeOf } from './hcv-world.ts';

const DATA = { pg_user: 'kong', pg_password: 'hunter2' };
let vault: VaultEmulator;

before(async () => {
  vault = await startVault();
  vault.mount('secret', 'v1').put('kong', DATA);
  vault.mount('secret', 'v1', 'team-a').put('kong', { of: 'team-a' });
  const versioned = vault.mount('kv/two', 'v2');
  for (const pg_password of ['first', 'second', 'third']) versioned.put('a/b c+d', { pg_password });
  versioned.put('kong', DATA);
});
after(() => vault.close());
beforeEach(() => {
  vault.recover();
  vault.requests.length = 0;
});

const V2 = { KONG_VAULT_HCV_KV: 'v2', KONG_VAULT_HCV_MOUNT: 'kv/two' };

describe('a secret', () => {
  test('of KV version 1 is its data, as JSON', async () => {
    const opened = hcvVault(atVault(vault));
    assert.deepEqual(JSON.parse(await opened.read('{vault://hcv/kong/pg_password}')), DATA);
    const [request] = vault.requests;
    assert.deepEqual([request?.method, request?.target], ['GET', '/v1/secret/kong']);
    assert.equal(request?.headers['x-vault-namespace'], undefined);
    assert.deepEqual(opened.lines, []);
    assert.deepEqual(opened.debugLines, ['debug: hcv: secret "kong" (secret/kong, KV v1), token from: token']);
  });

  test('of KV version 2 is the data in its data, the newest or the one that is named', async () => {
    const opened = hcvVault({ ...atVault(vault), ...V2 });
    const texts: string[] = [];
    for (const version of ['', '#1', '#02', '#3']) {
      texts.push(await opened.read(`{vault://hcv/a%2Fb%20c%252Bd/pg_password${version}}`));
    }
    assert.deepEqual(
      texts.map((text) => JSON.parse(text).pg_password),
      ['third', 'first', 'second', 'third'],
    );
    assert.deepEqual(
      vault.requests.map(({ target }) => target),
      ['', '?version=1', '?version=2', '?version=3'].map((query) => `/v1/kv/two/data/a/b%20c%2Bd${query}`),
    );
  });

  test('is of the namespace that is given', async () => {
    const token = vault.createToken({ namespace: 'team-a' });
    const environment = { ...placeOf(vault), KONG_VAULT_HCV_TOKEN: token, KONG_VAULT_HCV_NAMESPACE: 'team-a' };
    assert.equal(await hcvVault(environment).read('{vault://hcv/kong}'), '{"of":"team-a"}');
    assert.equal(vault.requests[0]?.headers['x-vault-namespace'], 'team-a');
  });

  test('is asked of Vault at each fetch, with one connection and no login', async () => {
    const opened = hcvVault(atVault(vault));
    await opened.read('{vault://hcv/kong}');
    await opened.read('{vault://hcv/kong}');
    assert.equal(vault.requests.length, 2);
    await opened.close();
    assert.equal(vault.requests.length, 2);
    assert.deepEqual(vault.revoked, []);
  });
});

const places = ['query', 'variable', 'kong.conf', 'env reference'] as const;
type Given = { readonly right: string; readonly wrong: string; readonly others: Environment };

/** An option in one place, with a wrong value in a weaker one, and all others as variables. */
function put(place: (typeof places)[number], option: string, { right, wrong, others }: Given) {
  const variable = `KONG_VAULT_HCV_${option.toUpperCase()}`;
  const { [variable]: _base, ...rest } = others;
  const key = `vault_hcv_${option}`;
  const environments: Readonly<Record<typeof place, Environment>> = {
    query: { ...rest, [variable]: wrong },
    variable: { ...rest, [variable]: right },
    'kong.conf': rest,
    'env reference': { ...rest, [variable]: '{vault://env/my-hcv-option}', MY_HCV_OPTION: right },
  };
  const conf = { [key]: place === 'kong.conf' ? right : wrong };
  return {
    environment: environments[place],
    conf,
    query: place === 'query' ? `?${option}=${encodeURIComponent(right)}` : '',
  };
}

/** The texts of a table with what is known only when the emulator runs. */
function fill(text: string): string {
  return text
    .replace('PORT', String(vault.port))
    .replace('TOKEN', () => vault.createToken())
    .replace('TEAM', () => vault.createToken({ namespace: 'team-a' }));
}

describe('an option', () => {
  /** Each option that changes what is asked: a wrong value in the weaker place, the right one in the stronger. */
  const rows: readonly (readonly [option: string, right: string, wrong: string, more?: Environment])[] = [
    ['protocol', 'http', 'https'],
    ['host', '127.0.0.1', 'nowhere.invalid'],
    ['port', 'PORT', '1'],
    ['mount', 'kv/two', 'absent', { KONG_VAULT_HCV_KV: 'v2' }],
    ['kv', 'v2', 'v1', { KONG_VAULT_HCV_MOUNT: 'kv/two' }],
    ['namespace', 'team-a', 'team-b', { KONG_VAULT_HCV_TOKEN: 'TEAM' }],
    ['token', 'TOKEN', 'wrong'],
    ['auth_method', 'token', 'kubernetes'],
    ['ssl_verify', 'on', 'off'],
    ['base64_decode', 'off', 'on'],
    ['ttl', '60', '1'],
  ];

  for (const [option, right, wrong, more = {}] of rows) {
    for (const place of places) {
      test(`${option} is read from the ${place}, before what is weaker`, async () => {
        const filled = Object.entries({ ...atVault(vault), ...more }).map(([name, text]) => [name, fill(text)]);
        const given = put(place, option, { right: fill(right), wrong, others: Object.fromEntries(filled) });
        const opened = hcvVault(given.environment, { conf: given.conf });
        assert.match(await opened.read(`{vault://hcv/kong/pg_user${given.query}}`), /^\{/);
        assert.deepEqual(opened.lines, []);
      });
    }
  }

  const invalid: readonly (readonly [option: string, value: string, accepted: string])[] = [
    ['protocol', 'ftp', 'http or https'],
    ['host', 'http://vault', 'a host name or an address alone, without http:// and without a port'],
    ['host', 'vault:8200/x', 'a host name or an address alone, without http:// and without a port'],
    ['port', '0', 'a port, 1 to 65535'],
    ['port', '65536', 'a port, 1 to 65535'],
    ['kv', 'three', 'v1 or v2'],
    ['ssl_verify', 'maybe', 'on, off, true or false'],
    ['approle_response_wrapping', 'maybe', 'on, off, true or false'],
    ['mount', 'a b', 'a path without spaces, ? and #'],
    [
      'oauth2_token_endpoint',
      'idp.example.com',
      'a URL that begins with https:// or http://, without a user, a query or a fragment',
    ],
    ['aws_auth_region', 'Frankfurt', 'the name of a region, such as eu-central-1'],
    ['token', 's3cr3t\nx', 'one line of plain letters, digits and signs'],
    ['gcp_jwt_exp', 'soon', 'a number of seconds, 0 or more'],
  ];
  for (const [option, value, accepted] of invalid) {
    test(`${option} that is no such value stops with 78, and is not repeated: ${accepted}`, async () => {
      const variable = `KONG_VAULT_HCV_${option.toUpperCase()}`;
      const failure = await hcvVault({ ...atVault(vault), [variable]: value }).failure('{vault://hcv/kong}');
      assert.match(failure, new RegExp(`^78 ${variable}: this is (?:malformed|text|not a usable URL).* \\| give `));
      assert.ok(failure.endsWith(`give ${accepted}`), failure);
      assert.ok(!failure.includes(value));
      assert.equal(vault.requests.length, 0);
    });
  }

  test('that is unknown is a warning', async () => {
    const opened = hcvVault({
      ...atVault(vault),
      KONG_VAULT_HCV_ADDR: 'x',
      VAULT_ADDR: 'http://127.0.0.1:1',
      VAULT_TOKEN: 'x',
    });
    await opened.read('{vault://hcv/kong}');
    assert.equal(opened.lines.length, 1);
    assert.match(
      opened.lines[0] ?? '',
      /^warn: KONG_VAULT_HCV_ADDR: the hcv vault has no such option; it has protocol, host, /,
    );
  });

  test('auth_method of any other name is refused with those that are supported', async () => {
    assert.match(
      await hcvVault({ ...atVault(vault), KONG_VAULT_HCV_AUTH_METHOD: 'ldap' }).failure('{vault://hcv/kong}'),
      /^78 KONG_VAULT_HCV_AUTH_METHOD: this is malformed \| give one of token, kubernetes, approle, cert, jwt, aws_iam, aws_ec2, gcp_iam, gcp_gce, azure$/,
    );
  });
});

test('what would be asked is told without asking, and without a secret', async () => {
  const options = { protocol: 'https', host: '::1', port: '8200', token: 's3cr3t', aws_assume_role_arn: 'arn:x' };
  const told = (auth_method: string) =>
    hcvBackend.forecast({ ...options, auth_method }, { secretId: 'kong', version: undefined }, {});
  const endpoint = 'https://[::1]:8200';
  assert.deepEqual(await told('token'), { endpoint, authentication: 'the token that is set' });
  const { runsOut = '', ...approle } = await told('approle');
  assert.deepEqual(approle, { endpoint, authentication: 'a login by approle' });
  assert.match(runsOut, /^the secret id of auth_method approle is used at every start/);
  assert.deepEqual(await told('aws_iam'), { endpoint, authentication: 'a login by aws_iam', role: 'arn:x' });
});

describe('a reference', () => {
  const unreadable: readonly (readonly [what: string, reference: string, environment: Environment, failure: RegExp])[] =
    [
      [
        'with a version for KV version 1',
        '{vault://hcv/kong#1}',
        {},
        /^78 the reference names a version, and the KV engine of version 1 keeps only the latest \| /,
      ],
      [
        'with a version that no engine has',
        '{vault://hcv/kong#1.5}',
        V2,
        /^78 the hcv vault has no such version \| write the number/,
      ],
      ['with a version below 1', '{vault://hcv/kong#-1}', V2, /^78 the hcv vault has no such version/],
      ['with a version without end', '{vault://hcv/kong#inf}', V2, /^78 the hcv vault has no such version/],
      [
        'that climbs',
        '{vault://hcv/a%2F..%2F..%2Fsys%2Fhealth/x}',
        {},
        /^78 the secret's path has a part that is empty, \. or \.\. \| /,
      ],
      ['with an empty part', '{vault://hcv/a%2F%2Fb/x}', {}, /^78 the secret's path has a part that is empty/],
      [
        'with a mount that climbs',
        '{vault://hcv/kong/x}',
        { KONG_VAULT_HCV_MOUNT: 'a/../b' },
        /^78 the option mount has a part/,
      ],
      [
        'without a token',
        '{vault://hcv/kong/x}',
        { KONG_VAULT_HCV_TOKEN: '' },
        /^78 auth_method token of the hcv vault needs the option token, which is not set \| set KONG_VAULT_HCV_TOKEN$/,
      ],
      [
        'with a token that has a space',
        '{vault://hcv/kong/x}',
        { KONG_VAULT_HCV_TOKEN: 's3cr3t x' },
        /^78 the option token holds a character that no token of Vault has \| /,
      ],
    ];
  for (const [what, reference, environment, failure] of unreadable) {
    test(`${what} is refused before anything is asked`, async () => {
      assert.match(await hcvVault({ ...atVault(vault), ...environment }).failure(reference), failure);
      assert.equal(vault.requests.length, 0);
    });
  }
});
