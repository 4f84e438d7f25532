import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { type Conjur, startConjur } from '../emulators/conjur.ts';
import { startLoopbackServer } from '../emulators/loopback-server.ts';
import { selfSigned } from '../emulators/self-signed.ts';
import { vaultReader } from '../world/vault-reader.ts';

const API_KEY = '1vgw0fjtdy';
let conjur: Conjur;

before(async () => {
  conjur = await startConjur();
  conjur.put('password', 'first', 'second');
  conjur.put('BotApp/secretVar', 'in a path');
  conjur.put('database', '{"pg_user":"kong","pg_password":"pw"}');
  conjur.put('odd+name&more=@x y%', 'odd');
  conjur.put('binary', new Uint8Array([0x70, 0xff]));
  conjur.put('encoded', 'dmFsdWU=');
  conjur.put('unset');
  conjur.put('closed', 'value');
  conjur.forbid('closed');
});
afterEach(() => {
  conjur.recover();
  conjur.requests.splice(0);
});
after(() => conjur.close());

const at = ({ url }: Conjur, more: Readonly<Record<string, string>> = {}) => ({
  KONG_VAULT_CONJUR_ENDPOINT_URL: url,
  KONG_VAULT_CONJUR_ACCOUNT: 'acme',
  KONG_VAULT_CONJUR_LOGIN: 'host/kong',
  KONG_VAULT_CONJUR_API_KEY: API_KEY,
  ...more,
});
const read = (reference: string) => vaultReader(at(conjur)).read(reference);

/** The failure without the reference and the setting, after a look for what must not be in it. */
async function failure(reference: string, environment: Readonly<Record<string, string>> = at(conjur)): Promise<string> {
  const reader = vaultReader(environment);
  const text = await reader.failure(reference);
  for (const line of [text, ...reader.debugLines]) {
    assert(!line.includes(API_KEY) && !/hunter2|token=|Token token/.test(line), line);
  }
  return text.replace('KONG_PG_PASSWORD: ', '').replace(/(?: in|:) \{vault:[^}]*\}/, '');
}

describe('the conjur vault reads', () => {
  const rows: readonly (readonly [what: string, reference: string, value: string])[] = [
    ['the newest version of a variable', '{vault://conjur/password}', 'second'],
    ['a version by its number', '{vault://conjur/password#1}', 'first'],
    ['a variable in a path, whose slashes are written %2F', '{vault://conjur/BotApp%2FsecretVar}', 'in a path'],
    ['the same with a slash at the end', '{vault://conjur/BotApp/secretVar/}', 'in a path'],
    ['a key of a JSON object', '{vault://conjur/database/pg_user}', 'kong'],
    ['an id with characters that mean something in a URL', '{vault://conjur/odd%252Bname%26more=@x%20y%25}', 'odd'],
    ['base64 where that is asked for', '{vault://conjur/encoded?base64_decode=true}', 'value'],
  ];
  for (const [what, reference, value] of rows) {
    test(what, async () => assert.equal(await read(reference), value));
  }

  test('with one login for more variables than are asked for at once', async () => {
    const ids = Array.from({ length: 12 }, (_, index) => `v${index}`);
    for (const id of ids) conjur.put(id, id);
    const references = Object.fromEntries(ids.map((id) => [`KONG_X_${id.toUpperCase()}`, `{vault://conjur/${id}}`]));
    assert.equal(Object.keys(await vaultReader(at(conjur)).readAll(references)).length, 12);
    assert.equal(conjur.requests.filter((request) => request.startsWith('POST')).length, 1);
    assert.equal(conjur.requests.length, 13);
  });

  test('with one question for all keys of a variable', async () => {
    const values = await vaultReader(at(conjur)).readAll({
      KONG_PG_USER: '{vault://conjur/database/pg_user}',
      KONG_PG_PASSWORD: '{vault://conjur/database/pg_password}',
      KONG_PG_HOST: '{vault://conjur/password}',
    });
    assert.deepEqual(values, { pg_user: 'kong', pg_password: 'pw', pg_host: 'second' });
    assert.deepEqual(conjur.requests, [
      'POST /authn/acme/host%2Fkong/authenticate',
      'GET /secrets/acme/variable/database',
      'GET /secrets/acme/variable/password',
    ]);
  });

  test('with a new token where the old one has expired meanwhile', async (t) => {
    const hasty = await startConjur({ tokenLife: 0 });
    t.after(() => hasty.close());
    hasty.put('password', 'value');
    assert.equal(
      await failure('{vault://conjur/password}', at(hasty)),
      `77 Conjur at ${new URL(hasty.url).host} rejects the token that it issued | check that all nodes behind KONG_VAULT_CONJUR_ENDPOINT_URL are of one Conjur, and their clocks`,
    );
    assert.equal(hasty.requests.length, 4);
    conjur.fail('variable', 401, 1);
    assert.equal(await read('{vault://conjur/password}'), 'second');
    assert.equal(conjur.requests.filter((request) => request.startsWith('POST')).length, 2);
  });

  test('with a token that came as JSON, although base64 was asked for', async (t) => {
    const plain = await startConjur({ withoutBase64: true });
    t.after(() => plain.close());
    plain.put('password', 'value');
    assert.equal(await vaultReader(at(plain)).read('{vault://conjur/password}'), 'value');
  });

  test('below a path in front of Conjur, and as a user of another account', async (t) => {
    const cloud = await startConjur({ basePath: '/api', account: 'conjur', login: 'Dave@BotApp' });
    t.after(() => cloud.close());
    cloud.put('data/vault/db/password', 'value');
    const as = { KONG_VAULT_CONJUR_ACCOUNT: 'conjur', KONG_VAULT_CONJUR_LOGIN: 'Dave@BotApp' };
    for (const slash of ['', '/']) {
      const environment = at(cloud, { ...as, KONG_VAULT_CONJUR_ENDPOINT_URL: `${cloud.url}${slash}` });
      assert.equal(await vaultReader(environment).read('{vault://conjur/data%2Fvault%2Fdb%2Fpassword}'), 'value');
    }
    assert.equal(cloud.requests[0], 'POST /api/authn/conjur/Dave%40BotApp/authenticate');
  });

  test('after two answers that ask to come later', async () => {
    conjur.fail('login', 503, 2);
    conjur.fail('variable', 429, 2);
    assert.equal(await read('{vault://conjur/password}'), 'second');
    assert.equal(conjur.requests.length, 6);
  });
});

test('what would be asked is told beforehand, asking nobody', async () => {
  const forecast = await vaultReader(at(conjur)).forecast('{vault://conjur/database/pg_user}');
  assert.deepEqual(forecast, [conjur.url, 'API key of host/kong in the account acme', 'pg_user']);
  const [endpoint, authentication] = await vaultReader({}).forecast('{vault://conjur/database}');
  assert.equal(
    `${endpoint}, ${authentication}`,
    '<no endpoint_url is set>, API key of <no login is set> in the account <no account is set>',
  );
  assert.deepEqual(conjur.requests, []);
});

describe('the certificate of Conjur', () => {
  const identity = selfSigned('conjur.example.com');
  const folder = mkdtempSync(join(tmpdir(), 'conjur-'));
  const authority = join(folder, 'ca.pem');
  let secure: Conjur;
  before(async () => {
    writeFileSync(authority, identity.cert);
    secure = await startConjur({ identity });
    secure.put('password', 'value');
  });
  after(async () => {
    await secure.close();
    rmSync(folder, { recursive: true });
  });

  test('is trusted where Kong trusts it', async () => {
    const trusting = at(secure, { KONG_LUA_SSL_TRUSTED_CERTIFICATE: authority });
    assert.equal(await vaultReader(trusting).read('{vault://conjur/password}'), 'value');
    const text = at(secure, { KONG_LUA_SSL_TRUSTED_CERTIFICATE: identity.cert });
    assert.equal(await vaultReader(text).read('{vault://conjur/password}'), 'value');
  });

  test('is not trusted otherwise, whatever Node is told, and the key is not sent', async () => {
    const stranger = selfSigned('conjur.example.com').cert;
    assert.equal(
      await failure(
        '{vault://conjur/password}',
        at(secure, { KONG_LUA_SSL_TRUSTED_CERTIFICATE: stranger, NODE_TLS_REJECT_UNAUTHORIZED: '0' }),
      ),
      `78 the certificate of Conjur at ${new URL(secure.url).host} is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT) | add its certificate authority to KONG_LUA_SSL_TRUSTED_CERTIFICATE, and check that KONG_VAULT_CONJUR_ENDPOINT_URL has the name that is in the certificate`,
    );
    assert.equal(secure.requests.length, 4);
  });
});

describe('the conjur vault stops with', () => {
  const where = () => `Conjur at ${new URL(conjur.url).host}`;
  const who = '"host/kong" of the account "acme"';
  const there =
    'check that it is there, that it has a value, and that "host/kong" may see it; in a reference the slashes of an id are written %2F, since the last part of the path is a key';
  const key =
    'check KONG_VAULT_CONJUR_LOGIN (a host is host/<id>), KONG_VAULT_CONJUR_API_KEY (was it rotated?) and KONG_VAULT_CONJUR_ACCOUNT';
  const elsewhere =
    'check KONG_VAULT_CONJUR_ENDPOINT_URL; a redirect is not followed, so give the address that it leads to';
  const later = 'try again later; see the health of Conjur';
  const request =
    'check the id and the version in the reference, KONG_VAULT_CONJUR_ACCOUNT and KONG_VAULT_CONJUR_LOGIN';
  const reach =
    'check KONG_VAULT_CONJUR_ENDPOINT_URL; and check that the host can be reached from this network: routes, firewalls, HTTPS_PROXY and NO_PROXY';

  const references: readonly (readonly [reference: string, failure: string])[] = [
    ['{vault://conjur/nope}', `66 variable "nope" of the account "acme" not found | ${there}`],
    ['{vault://conjur/unset}', `66 variable "unset" of the account "acme" not found | ${there}`],
    ['{vault://conjur/BotApp/secretVar}', `66 variable "BotApp" of the account "acme" not found | ${there}`],
    ['{vault://conjur/password#3}', `66 version 3 of variable "password" of the account "acme" not found | ${there}`],
    [
      '{vault://conjur/closed}',
      '77 "host/kong" may not read variable "closed" | permit read and execute on acme:variable:closed to it in a policy',
    ],
    [
      '{vault://conjur/binary}',
      '65 variable "binary" is not text in UTF-8 | store it as text; bytes can be stored in base64, with KONG_VAULT_CONJUR_BASE64_DECODE=on',
    ],
    ...['0', '1.5', '-1', '1e300', 'inf'].map((version): readonly [string, string] => [
      `{vault://conjur/password#${version}}`,
      '78 the conjur vault has no such version | a version of a variable is a whole number from 1, and Conjur keeps the newest 20; write none for the newest',
    ]),
    ['{vault://conjur/..}', '78 ".." cannot be the id of a variable | name a variable of Conjur'],
  ];
  for (const [reference, text] of references) {
    test(`what ${reference} names`, async () => assert.equal(await failure(reference), text));
  }

  const environments: readonly (readonly [
    what: string,
    more: Readonly<Record<string, string>>,
    failure: () => string,
  ])[] = [
    ['a wrong key', { KONG_VAULT_CONJUR_API_KEY: 'wrong' }, () => `77 ${where()} refused the login of ${who} | ${key}`],
    [
      'an account that is unknown',
      { KONG_VAULT_CONJUR_ACCOUNT: 'other' },
      () => `77 ${where()} refused the login of "host/kong" of the account "other" | ${key}`,
    ],
    [
      'no key and no account',
      { KONG_VAULT_CONJUR_API_KEY: '', KONG_VAULT_CONJUR_ACCOUNT: ' ' },
      () => '78 the conjur vault has no account, api_key | set KONG_VAULT_CONJUR_ACCOUNT, KONG_VAULT_CONJUR_API_KEY',
    ],
    [
      'a method that Kong does not have',
      { KONG_VAULT_CONJUR_AUTH_METHOD: 'authn-jwt' },
      () => '78 KONG_VAULT_CONJUR_AUTH_METHOD: this is malformed | give api_key, the one method that there is',
    ],
  ];
  for (const [what, more, text] of environments) {
    test(what, async () => {
      const found = await failure('{vault://conjur/password}', at(conjur, more));
      assert.equal(found, text());
    });
  }

  test('an endpoint that has no Conjur', async () => {
    const environment = at(conjur, { KONG_VAULT_CONJUR_ENDPOINT_URL: `${conjur.url}/api` });
    assert.equal(
      await failure('{vault://conjur/password}', environment),
      `78 ${where()} has no login address for ${who} | check KONG_VAULT_CONJUR_ENDPOINT_URL, with the path in front of Conjur if it has one, and KONG_VAULT_CONJUR_ACCOUNT`,
    );
  });

  type Fault = Parameters<Conjur['fail']>[1];
  const strange = (status: number) => () =>
    `78 another server answers in place of ${where()} (status ${status}) | ${elsewhere}`;
  const larger = () =>
    `78 another server answers in place of ${where()}: its answer is larger than 1 MiB | check KONG_VAULT_CONJUR_ENDPOINT_URL; a proxy or a load balancer may answer in its place`;
  const broken = () =>
    `75 ${where()} closed the connection (ECONNRESET) | ${reach}; a server that speaks only TLS does the same`;
  const failing = (status: number) => () => `75 ${where()} failed (status ${status}) | ${later}`;
  const limited = () =>
    `75 ${where()} limits the rate of requests | start fewer containers at once, or try again later`;
  const misunderstood = (what: string, status: number) => () =>
    `78 ${where()} does not understand the request for ${what} (status ${status}) | ${request}`;
  const login = `the login of ${who}`;
  const variable = 'variable "password"';
  const faults: readonly (readonly ['login' | 'variable', Fault, attempts: number, failure: () => string])[] = [
    [
      'login',
      403,
      1,
      () =>
        `77 ${where()} does not let ${who} log in with an API key | enable its API key and the authenticator authn, and check that it may log in from this address (restricted_to)`,
    ],
    ['login', 422, 1, misunderstood(login, 422)],
    ['login', 500, 3, failing(500)],
    ['login', 429, 3, limited],
    ['login', 302, 1, strange(302)],
    ['login', 'badGateway', 3, failing(502)],
    ['login', 'html', 1, strange(200)],
    ['login', 'redirect', 1, strange(307)],
    ['login', 'huge', 1, larger],
    ['variable', 400, 1, misunderstood(variable, 400)],
    ['variable', 422, 1, misunderstood(variable, 422)],
    ['variable', 503, 3, failing(503)],
    ['variable', 418, 1, strange(418)],
    ['variable', 'badGateway', 3, failing(502)],
    ['variable', 'html', 1, strange(200)],
    ['variable', 'redirect', 1, strange(307)],
    ['variable', 'huge', 1, larger],
    ['login', 'half', 3, broken],
    ['login', 'reset', 3, broken],
    ['variable', 'half', 3, broken],
    ['variable', 'reset', 3, broken],
  ];
  for (const [place, fault, attempts, text] of faults) {
    test(`the fault ${fault} at the ${place}, asked ${attempts} time${attempts === 1 ? '' : 's'}`, async () => {
      conjur.fail(place, fault);
      const found = await failure('{vault://conjur/password}');
      assert.equal(found, text());
      assert.equal(conjur.requests.length, attempts + (place === 'login' ? 0 : 1));
    });
  }

  for (const fault of ['hang', 'drip'] as const) {
    test(`a Conjur that never ends, within 10 s: ${fault}`, async () => {
      conjur.fail('variable', fault);
      const start = performance.now();
      assert.equal(
        await failure('{vault://conjur/password}'),
        `75 ${where()} gave no complete answer within 10.0 s | ${reach}`,
      );
      assert(performance.now() - start < 30_000);
    });
  }

  test('an answer that says where to go instead, and nobody goes there', async (t) => {
    const visits: string[] = [];
    const elsewhere = await startLoopbackServer(({ target }, response) => {
      visits.push(target);
      response.end('value');
    });
    t.after(() => elsewhere.close());
    const front = await startLoopbackServer(({ target }, response) => {
      response.writeHead(302, { location: `${elsewhere.url}${target}` }).end();
    });
    t.after(() => front.close());
    const environment = at(conjur, { KONG_VAULT_CONJUR_ENDPOINT_URL: front.url });
    assert.match(
      await failure('{vault://conjur/password}', environment),
      /^78 another server answers in place of .* \(status 302\)/,
    );
    assert.deepEqual(visits, []);
  });
});
