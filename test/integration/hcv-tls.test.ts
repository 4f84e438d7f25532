import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startVault, type VaultEmulator } from '../emulators/hashicorp-vault.ts';
import { createIssuer } from '../emulators/json-web-token.ts';
import { startLoopbackServer } from '../emulators/loopback-server.ts';
import { startOAuth2Server } from '../emulators/oauth2-server.ts';
import { startProxy } from '../emulators/proxy.ts';
import { selfSigned } from '../emulators/self-signed.ts';
import { certMethod, jwtMethod } from '../emulators/vault-logins.ts';
import { atVault, type Environment, hcvVault, placeOf } from './hcv-world.ts';

const folder = mkdtempSync(join(tmpdir(), 'hcv-tls-'));
const bundle = join(folder, 'ca.pem');
const identity = selfSigned('vault.example.com');
const [ours, other] = [selfSigned('kong'), selfSigned('kong')];
let vault: VaultEmulator;
let plain: VaultEmulator;

before(async () => {
  writeFileSync(bundle, identity.cert);
  vault = await startVault({ identity, asksForCertificate: true });
  vault.mount('secret', 'v1').put('kong', { a: 'b' });
  vault.enable('cert', certMethod({ gateway: digestOf(ours.cert) }));
  plain = await startVault();
  plain.mount('secret', 'v1').put('kong', { a: 'b' });
});
after(async () => {
  await Promise.all([vault.close(), plain.close()]);
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  vault.requests.length = 0;
  vault.given.length = 0;
  vault.revoked.length = 0;
});

function digestOf(cert: string): string {
  return createHash('sha256').update(new X509Certificate(cert).raw).digest('hex');
}

const trusting = (text: string): Environment => ({ KONG_LUA_SSL_TRUSTED_CERTIFICATE: text });

describe('the certificate of Vault', () => {
  const trusted: readonly (readonly [how: string, environment: Environment])[] = [
    ['a file', trusting(bundle)],
    ['a PEM text', trusting(identity.cert)],
    ['base64 of a PEM text', trusting(Buffer.from(identity.cert).toString('base64'))],
    ['one of several', trusting(`system, ${bundle}`)],
    ['a reference to the env vault', { ...trusting('{vault://env/ca}'), CA: identity.cert }],
  ];
  for (const [how, environment] of trusted) {
    test(`is trusted where lua_ssl_trusted_certificate has it: ${how}`, async () => {
      assert.equal(await hcvVault({ ...atVault(vault), ...environment }).read('{vault://hcv/kong}'), '{"a":"b"}');
    });
  }

  const untrusted: readonly (readonly [what: string, environment: Environment, failure: RegExp])[] = [
    [
      'by the default',
      {},
      /^78 the certificate of Vault at 127\.0\.0\.1:\d+ is not trusted \(\w+\) \| add its certificate authority to KONG_LUA_SSL_TRUSTED_CERTIFICATE: Kong itself trusts no other$/,
    ],
    ['by another list', trusting(other.cert), /^78 the certificate of Vault .* is not trusted/],
    [
      'where nothing is trusted, as in Kong 2.8',
      { KONG_VERSION: '2.8.0' },
      /^78 the certificate of Vault .* is not trusted/,
    ],
    [
      'because NODE_EXTRA_CA_CERTS has it, which is not of Kong',
      { NODE_EXTRA_CA_CERTS: bundle },
      /^78 the certificate of Vault .* is not trusted/,
    ],
    [
      'because an option of the runtime says so',
      { NODE_TLS_REJECT_UNAUTHORIZED: '0', VAULT_SKIP_VERIFY: 'true' },
      /^78 the certificate of Vault .* is not trusted/,
    ],
    [
      'for another name',
      { ...trusting(bundle), KONG_VAULT_HCV_HOST: 'localhost' },
      /^78 the certificate of Vault at localhost:\d+ is for another host \(ERR_TLS_CERT_ALTNAME_INVALID\) \| check KONG_VAULT_HCV_HOST/,
    ],
    [
      'by a list that is none',
      trusting('/absent/ca.pem'),
      /^78 KONG_LUA_SSL_TRUSTED_CERTIFICATE: an element is neither system, a readable file/,
    ],
    [
      'by a list that is in a vault itself',
      trusting('{vault://aws/ca}'),
      /^78 KONG_LUA_SSL_TRUSTED_CERTIFICATE: this refers to a vault, but only a reference to the env vault works here/,
    ],
  ];
  for (const [what, environment, failure] of untrusted) {
    test(`is not trusted ${what}`, async () => {
      assert.match(await hcvVault({ ...atVault(vault), ...environment }).failure('{vault://hcv/kong}'), failure);
      assert.equal(vault.requests.length, 0);
    });
  }

  test('is not looked at with ssl_verify off, which is a warning', async () => {
    const opened = hcvVault({ ...atVault(vault), KONG_VAULT_HCV_SSL_VERIFY: 'off' });
    assert.equal(await opened.read('{vault://hcv/kong}'), '{"a":"b"}');
    assert.deepEqual(opened.lines, [
      'warn: the hcv vault does not check the certificate of Vault, since its option ssl_verify is off',
    ]);
  });

  test('is asked for where there is none: http and https the wrong way round', async () => {
    const http = { ...atVault(vault), KONG_VAULT_HCV_PROTOCOL: 'http' };
    assert.match(await hcvVault(http).failure('{vault://hcv/kong}'), /^75 Vault at \S+ closed the connection/);
    const https = { ...atVault(plain), KONG_VAULT_HCV_PROTOCOL: 'https' };
    assert.match(
      await hcvVault(https).failure('{vault://hcv/kong}'),
      /^78 Vault at \S+ does not speak TLS \(\w+\) \| check KONG_VAULT_HCV_HOST, KONG_VAULT_HCV_PORT, KONG_VAULT_HCV_PROTOCOL; a proxy or a load balancer may answer in its place$/,
    );
  });

  test('of a Vault that says in plain text that it speaks TLS leads to the option', async (t) => {
    const server = await startLoopbackServer((_request, response) => {
      response.writeHead(400).end('Client sent an HTTP request to an HTTPS server.\n');
    });
    t.after(() => server.close());
    const environment = { ...atVault(plain), KONG_VAULT_HCV_PORT: String(server.port) };
    assert.match(
      await hcvVault(environment).failure('{vault://hcv/kong}'),
      /^78 Vault at \S+ speaks TLS, and the option protocol is http \| set KONG_VAULT_HCV_PROTOCOL=https$/,
    );
  });
});

describe('cert', () => {
  const shown = (more: Environment = {}): Environment => ({
    ...placeOf(vault),
    ...trusting(bundle),
    KONG_VAULT_HCV_AUTH_METHOD: 'cert',
    KONG_VAULT_HCV_CERT_AUTH_CERT: ours.cert,
    KONG_VAULT_HCV_CERT_AUTH_CERT_KEY: ours.key,
    ...more,
  });

  test('logs in with the certificate, and a role or none', async () => {
    for (const KONG_VAULT_HCV_CERT_AUTH_ROLE_NAME of ['', 'gateway']) {
      const opened = hcvVault(shown({ KONG_VAULT_HCV_CERT_AUTH_ROLE_NAME }));
      assert.equal(await opened.read('{vault://hcv/kong}'), '{"a":"b"}');
      await opened.close();
    }
    assert.deepEqual(vault.revoked, vault.given);
    const bodies = vault.requests.filter(({ target }) => target.endsWith('/login')).map(({ body }) => body);
    assert.deepEqual(bodies, ['{}', '{"name":"gateway"}']);
  });

  const refusals: readonly (readonly [what: string, more: Environment, failure: RegExp])[] = [
    [
      'a certificate that Vault does not know',
      { KONG_VAULT_HCV_CERT_AUTH_CERT: other.cert, KONG_VAULT_HCV_CERT_AUTH_CERT_KEY: other.key },
      /^77 Vault at \S+ refused the login at auth\/cert\/login \(status 400\): invalid certificate or no client certificate supplied \| check the certificate role in Vault/,
    ],
    [
      'a role of another certificate',
      { KONG_VAULT_HCV_CERT_AUTH_ROLE_NAME: 'absent' },
      /^77 Vault at \S+ refused the login/,
    ],
    [
      'no certificate',
      { KONG_VAULT_HCV_CERT_AUTH_CERT: '' },
      /^78 auth_method cert of the hcv vault needs the option cert_auth_cert, which/,
    ],
    [
      'no key',
      { KONG_VAULT_HCV_CERT_AUTH_CERT_KEY: '' },
      /^78 auth_method cert of the hcv vault needs the option cert_auth_cert_key/,
    ],
    [
      'the key of another certificate',
      { KONG_VAULT_HCV_CERT_AUTH_CERT_KEY: other.key },
      /^78 cert_auth_cert and cert_auth_cert_key are not a certificate and its key \(\w+\) \| give the contents of the PEM files, not their paths/,
    ],
    [
      'a path instead of the contents',
      { KONG_VAULT_HCV_CERT_AUTH_CERT: bundle },
      /^78 cert_auth_cert and cert_auth_cert_key are not a certificate and its key/,
    ],
    [
      'plain http',
      { KONG_VAULT_HCV_PROTOCOL: 'http' },
      /^78 auth_method cert needs TLS, and protocol is http \| set KONG_VAULT_HCV_PROTOCOL=https$/,
    ],
  ];
  for (const [what, more, failure] of refusals) {
    test(`stops for ${what}`, async () => {
      const text = await hcvVault(shown(more)).failure('{vault://hcv/kong}');
      assert.match(text, failure);
      assert.doesNotMatch(text, /BEGIN/);
    });
  }
});

test('the OAuth 2.0 server is trusted by the same list', async (t) => {
  const idp = createIssuer('https://idp.example.com');
  const secure = await startOAuth2Server(idp, [{ id: 'kong', secret: 's3cr3t', audiences: [] }], { identity });
  t.after(() => secure.close());
  plain.enable('jwt', jwtMethod(idp, { kong: '' }));
  const environment = {
    ...placeOf(plain),
    KONG_VAULT_HCV_AUTH_METHOD: 'jwt',
    KONG_VAULT_HCV_JWT_ROLE: 'kong',
    KONG_VAULT_HCV_OAUTH2_TOKEN_ENDPOINT: secure.endpoint,
    KONG_VAULT_HCV_OAUTH2_CLIENT_ID: 'kong',
    KONG_VAULT_HCV_OAUTH2_CLIENT_SECRET: 's3cr3t',
  };
  assert.match(
    await hcvVault(environment).failure('{vault://hcv/kong}'),
    /^78 the certificate of the OAuth 2\.0 server at 127\.0\.0\.1:\d+ is not trusted \(\w+\) \| add its certificate authority to KONG_LUA_SSL_TRUSTED_CERTIFICATE$/,
  );
  assert.equal(await hcvVault({ ...environment, ...trusting(bundle) }).read('{vault://hcv/kong}'), '{"a":"b"}');
});

describe('on the way to Vault', () => {
  const away = { KONG_VAULT_HCV_HOST: 'vault.example.com' };

  test('plain http to another host is a warning', async (t) => {
    const proxy = await startProxy({ route: new URL(plain.url).host });
    t.after(() => proxy.close());
    const opened = hcvVault({ ...atVault(plain), ...away, HTTP_PROXY: proxy.url });
    assert.equal(await opened.read('{vault://hcv/kong}'), '{"a":"b"}');
    assert.deepEqual(opened.lines, [
      `warn: Vault at vault.example.com:${plain.port} is reached over plain http: secrets cross the network in clear text`,
    ]);
  });

  test('a proxy makes a tunnel for TLS, and the certificate is of Vault', async (t) => {
    const proxy = await startProxy({ route: new URL(vault.url).host });
    t.after(() => proxy.close());
    const environment = { ...atVault(vault), ...away, ...trusting(bundle), HTTPS_PROXY: proxy.url };
    assert.equal(await hcvVault(environment).read('{vault://hcv/kong}'), '{"a":"b"}');
    assert.deepEqual(proxy.tunnels, [`vault.example.com:${vault.port}`]);
  });
});

describe('a Vault that is hostile ends the start in bounded time:', { concurrency: true }, () => {
  const rows = [
    ['hang', 12_000, /^75 Vault at \S+ gave no complete answer within 10\.0 s \| check KONG_VAULT_HCV_HOST/],
    ['drip', 12_000, /^75 Vault at \S+ gave no complete answer within 10\.0 s/],
    ['half', 10_000, /^75 Vault at \S+ closed the connection/],
    ['reset', 10_000, /^75 Vault at \S+ closed the connection/],
    ['huge', 10_000, /^78 another server answers in place of Vault at \S+: its answer is larger than 1 MiB/],
    ['redirect', 10_000, /^78 Vault at \S+ redirects to 127\.0\.0\.1:9 \(status 307\), and a redirect is not followed/],
  ] as const;
  for (const [fault, within, failure] of rows) {
    test(fault, async (t) => {
      const hostile = await startVault();
      t.after(() => hostile.close());
      hostile.failAlways(fault);
      const start = performance.now();
      assert.match(await hcvVault(atVault(hostile)).failure('{vault://hcv/kong}'), failure);
      assert.ok(performance.now() - start < within * 2);
    });
  }

  test('a redirect to another host is not followed, and so neither is the token', async (t) => {
    const elsewhere = await startVault();
    const hostile = await startVault();
    t.after(() => Promise.all([elsewhere.close(), hostile.close()]));
    hostile.failAlways({ status: 307, location: `${elsewhere.url}/v1/secret/kong` });
    assert.match(
      await hcvVault(atVault(hostile)).failure('{vault://hcv/kong}'),
      /^78 .* redirects to 127\.0\.0\.1:\d+/,
    );
    assert.equal(elsewhere.requests.length, 0);
  });

  test('a stop ends the waiting at once, with its own reason', async (t) => {
    const hostile = await startVault();
    t.after(() => hostile.close());
    hostile.failAlways('hang');
    const stop = new AbortController();
    const reading = hcvVault(atVault(hostile), { signal: stop.signal }).read('{vault://hcv/kong}');
    setTimeout(() => stop.abort(new Error('stopped')), 200);
    await assert.rejects(reading, /^Error: stopped$/);
  });
});
