import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startContainerCredentials } from '../emulators/container-credentials.ts';
import { startProxy } from '../emulators/proxy.ts';
import { emulatorKey, type SecretsManager, startSecretsManager } from '../emulators/secrets-manager.ts';
import { selfSigned } from '../emulators/self-signed.ts';
import { atEmulator, awsVault, type Environment, keysOf } from './aws-world.ts';
import { timed } from './timed.ts';
import { assertStopsAtOnce } from './vault-world.ts';

const folder = mkdtempSync(join(tmpdir(), 'aws-connection-'));
const identity = selfSigned('secretsmanager.example.com');
const bundle = join(folder, 'ca.pem');
let emulator: SecretsManager;
let secure: SecretsManager;

before(async () => {
  writeFileSync(bundle, identity.cert);
  writeFileSync(join(folder, 'empty.pem'), 'nothing\n');
  emulator = await startSecretsManager();
  secure = await startSecretsManager({ identity });
  for (const service of [emulator, secure]) service.putSecret('kong-db', 'value');
});
after(async () => {
  await Promise.all([emulator.close(), secure.close()]);
  rmSync(folder, { recursive: true });
});

const plain = (): Environment => ({ ...atEmulator(emulator), ...keysOf(emulatorKey) });
const overTls = (): Environment => ({ ...atEmulator(secure), ...keysOf(emulatorKey) });

describe('a service that does not answer', { concurrency: true }, () => {
  for (const fault of ['hang', 'drip'] as const) {
    test(`is given up after 10 s, as for every vault: ${fault}`, async (t) => {
      const silent = await startSecretsManager();
      t.after(() => silent.close());
      silent.fail(fault);
      const vault = awsVault({ ...atEmulator(silent), ...keysOf(emulatorKey) });
      const took = await timed(async () => {
        assert.match(
          await vault.failure('{vault://aws/kong-db}'),
          /^75 AWS Secrets Manager at .* gave no complete answer within 10\.0 s \| check KONG_VAULT_AWS_\w*ENDPOINT_URL and HTTPS_PROXY; check the region's name/,
        );
      });
      assert.equal(silent.requests.length, 1);
      assert(took > 9_900 && took < 12_000, `${took} ms`);
    });
  }

  test('is given up at once when the start is stopped, with the reason of the stop', async (t) => {
    const silent = await startSecretsManager();
    t.after(() => silent.close());
    silent.fail('hang');
    const environment = { ...atEmulator(silent), ...keysOf(emulatorKey) };
    await assertStopsAtOnce((signal) => awsVault(environment, signal).read('{vault://aws/kong-db}'), 300);
  });

  test('is given up at once between two attempts too, and while credentials or the region are looked for', async (t) => {
    const busy = await startSecretsManager();
    t.after(() => busy.close());
    busy.fail('throttle');
    const late = await startContainerCredentials({ key: emulatorKey, refusals: { status: 503, times: 99 } });
    t.after(() => late.close());
    const waits = [
      keysOf(emulatorKey),
      { AWS_CONTAINER_CREDENTIALS_FULL_URI: late.credentialsUrl },
      { KONG_VAULT_AWS_REGION: '', ECS_CONTAINER_METADATA_URI_V4: late.metadataUrl },
    ];
    for (const wait of waits) {
      const environment = { ...atEmulator(busy), ...wait };
      await assertStopsAtOnce((signal) => awsVault(environment, signal).read('{vault://aws/kong-db}'), 150);
    }
  });
});

describe('a certificate', () => {
  test('that nobody vouches for stops with 78', async () => {
    assert.match(
      await awsVault(overTls()).failure('{vault://aws/kong-db}'),
      /^78 the certificate of AWS Secrets Manager at 127\.0\.0\.1:\d+ is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\) \| put the certificate authority of a proxy or of your own endpoint into the file that AWS_CA_BUNDLE names$/,
    );
  });

  test('is checked also where NODE_TLS_REJECT_UNAUTHORIZED is 0', async () => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    const environment = { ...overTls(), NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    const failure = await awsVault(environment)
      .failure('{vault://aws/kong-db}')
      .finally(() => {
        delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      });
    assert.match(failure, /^78 the certificate of/);
  });

  test('that Kong trusts by lua_ssl_trusted_certificate is trusted', async () => {
    const environment = { ...overTls(), KONG_LUA_SSL_TRUSTED_CERTIFICATE: bundle };
    assert.equal(await awsVault(environment).read('{vault://aws/kong-db}'), 'value');
  });

  for (const variable of ['AWS_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS']) {
    test(`that ${variable} vouches for is trusted`, async () => {
      assert.equal(await awsVault({ ...overTls(), [variable]: bundle }).read('{vault://aws/kong-db}'), 'value');
    });

    test(`${variable} that cannot be read, or holds none, stops with 78`, async () => {
      const absent = awsVault({ ...overTls(), [variable]: join(folder, 'absent.pem') });
      assert.equal(
        await absent.failure('{vault://aws/kong-db}'),
        `78 ${variable}: ${folder}/absent.pem cannot be read: there is no such file | mount the file, or unset the variable`,
      );
      const empty = awsVault({ ...overTls(), [variable]: join(folder, 'empty.pem') });
      assert.equal(
        await empty.failure('{vault://aws/kong-db}'),
        `78 ${variable}: there is no certificate in ${folder}/empty.pem | give the path of a file of PEM certificates`,
      );
    });
  }
});

describe('a proxy', () => {
  const away = (service: SecretsManager) => service.url.replace('127.0.0.1', 'secretsmanager.example.com');
  const route = (service: SecretsManager) => new URL(service.url).host;

  test('is asked for plain http with the whole URL, with a warning', async (t) => {
    const proxy = await startProxy({ route: route(emulator) });
    t.after(() => proxy.close());
    const vault = awsVault({ ...plain(), KONG_VAULT_AWS_ENDPOINT_URL: away(emulator), HTTP_PROXY: proxy.url });
    assert.equal(await vault.read('{vault://aws/kong-db}'), 'value');
    assert.deepEqual([proxy.passed, proxy.tunnels], [[`${away(emulator)}/`], []]);
    assert.deepEqual(vault.lines, [
      `warn: AWS Secrets Manager at ${new URL(away(emulator)).host} is reached over plain http: secrets cross the network in clear text`,
    ]);
  });

  test("carries TLS, whose certificate is still the service's to prove", async (t) => {
    const proxy = await startProxy({ route: route(secure) });
    t.after(() => proxy.close());
    const environment = { ...overTls(), HTTPS_PROXY: proxy.url, AWS_CA_BUNDLE: bundle };
    const known = { ...environment, KONG_VAULT_AWS_ENDPOINT_URL: away(secure) };
    assert.equal(await awsVault(known).read('{vault://aws/kong-db}'), 'value');
    const other = { ...environment, KONG_VAULT_AWS_ENDPOINT_URL: away(secure).replace('example.com', 'example.org') };
    assert.match(
      await awsVault(other).failure('{vault://aws/kong-db}'),
      /^78 the certificate of AWS Secrets Manager at .* is for another host \(ERR_TLS_CERT_ALTNAME_INVALID\)/,
    );
    const hosts = [away(secure), other.KONG_VAULT_AWS_ENDPOINT_URL].map((url) => new URL(url).host);
    assert.deepEqual(proxy.tunnels, hosts);
  });

  test('is not asked for a host on loopback, nor for one that NO_PROXY names', async (t) => {
    const proxy = await startProxy({ route: route(emulator) });
    t.after(() => proxy.close());
    const environment = { ...plain(), HTTP_PROXY: proxy.url };
    assert.equal(await awsVault(environment).read('{vault://aws/kong-db}'), 'value');
    const named = { ...environment, KONG_VAULT_AWS_ENDPOINT_URL: 'http://nowhere.invalid', NO_PROXY: '.invalid' };
    assert.match(
      await awsVault(named).failure('{vault://aws/kong-db}'),
      /^75 the name nowhere\.invalid of AWS Secrets Manager cannot be resolved \((ENOTFOUND|EAI_AGAIN)\)/,
    );
    assert.deepEqual(proxy.tunnels, []);
  });

  test('that wants a password stops with 77, and takes the one of its URL', async (t) => {
    const authorization = `Basic ${Buffer.from('kong:p@ss').toString('base64')}`;
    const proxy = await startProxy({ route: route(emulator), authorization });
    t.after(() => proxy.close());
    const environment = { ...plain(), KONG_VAULT_AWS_ENDPOINT_URL: away(emulator) };
    assert.match(
      await awsVault({ ...environment, HTTP_PROXY: proxy.url }).failure('{vault://aws/kong-db}'),
      /^77 the proxy refused the connection \(status 407\) \| check HTTPS_PROXY/,
    );
    const HTTP_PROXY = proxy.url.replace('http://', 'http://kong:p%40ss@');
    assert.equal(await awsVault({ ...environment, HTTP_PROXY }).read('{vault://aws/kong-db}'), 'value');
  });

  test('that is not a URL stops with 78 and does not repeat it', async () => {
    const environment = {
      ...plain(),
      KONG_VAULT_AWS_ENDPOINT_URL: away(emulator),
      HTTP_PROXY: 'socks5://kong:secret@host',
    };
    assert.equal(
      await awsVault(environment).failure('{vault://aws/kong-db}'),
      '78 HTTP_PROXY: this is not a URL of an HTTP proxy | give http://host:port or https://host:port, or list the host in NO_PROXY',
    );
  });
});

test('variables that Kong ignores are one warning, and are ignored', async () => {
  const vault = awsVault({
    ...plain(),
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://127.0.0.1:9',
    AWS_USE_FIPS_ENDPOINT: 'true',
    AWS_USE_DUALSTACK_ENDPOINT: 'true',
  });
  for (const id of ['kong-db', 'kong-db']) assert.equal(await vault.read(`{vault://aws/${id}}`), 'value');
  assert.deepEqual(vault.lines, [
    'warn: AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_SECRETS_MANAGER, AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT: ignored, as Kong ignores them; the aws vault takes its endpoint from KONG_VAULT_AWS_ENDPOINT_URL',
  ]);
});
