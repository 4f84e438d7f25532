import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startGoogle } from '../emulators/google.ts';
import { startGoogleMetadata } from '../emulators/google-metadata-server.ts';
import { createGcpWorld, type GcpWorld } from './gcp-world.ts';
import { timed } from './timed.ts';
import { assertStopsAtOnce, type Environment, type OpenVaultOptions, openVault } from './vault-world.ts';

const SECRET_MANAGER = 'secretmanager.googleapis.com';
const OAUTH = 'oauth2.googleapis.com';
const REFERENCE = '{vault://gcp/kong-db}';
const reach =
  'check HTTPS_PROXY and the DNS of this network; and check that the host can be reached from this network: routes, firewalls, HTTPS_PROXY and NO_PROXY';
let world: GcpWorld;

before(async () => {
  world = await createGcpWorld();
  world.google.putSecret('kong-db', 'value');
});
after(() => world.close());

function open(more: Environment = {}, options: OpenVaultOptions = {}) {
  const hidden = [world.account.token, 'PRIVATE KEY', 'hunter2', 'aHVudGVyMg'];
  return openVault(
    { ...world.environment, GCP_SERVICE_ACCOUNT: world.account.keyText, ...more },
    { hidden, ...options },
  );
}

describe('a host of Google that does not do its work', () => {
  const names = {
    [SECRET_MANAGER]: 'Google Secret Manager',
    [OAUTH]: "Google's token endpoint",
  };
  for (const host of [SECRET_MANAGER, OAUTH] as const) {
    for (const fault of ['hang', 'drip'] as const) {
      test(`is given up after 10 s: ${host}, ${fault}`, async (t) => {
        world.google.fail(host, fault);
        t.after(() => world.google.recover());
        const took = await timed(async () => {
          assert.equal(
            await open().failure(REFERENCE),
            `75 ${names[host]} at ${host} gave no complete answer within 10.0 s | ${reach}`,
          );
        });
        assert.ok(took > 9_500 && took < 30_000, `${took} ms`);
      });
    }

    test(`is given up at once when it closes half-way, three times: ${host}`, async (t) => {
      world.google.fail(host, 'half');
      t.after(() => world.google.recover());
      const failure = await open().failure(REFERENCE);
      assert.match(failure, new RegExp(`^75 ${names[host]} at ${host} closed the connection \\(`));
    });

    test(`is given up at once when the start is stopped, with the reason of the stop: ${host}`, async (t) => {
      world.google.fail(host, 'hang');
      t.after(() => world.google.recover());
      await assertStopsAtOnce((signal) => open({}, { signal }).read(REFERENCE), 500);
    });
  }

  test('is given up at once while the metadata server is asked, too', async (t) => {
    const metadata = await startGoogleMetadata({ email: 'x@y.z', token: 'x', fault: 'hang' });
    t.after(() => metadata.close());
    const environment = { GCE_METADATA_HOST: metadata.host, GCP_SERVICE_ACCOUNT: '' };
    await assertStopsAtOnce((signal) => open(environment, { signal }).read(REFERENCE), 300);
  });
});

describe('a certificate', () => {
  test('that nobody vouches for stops with 78', async () => {
    assert.equal(
      await open({ NODE_EXTRA_CA_CERTS: '' }).failure(REFERENCE),
      "78 the certificate of Google's token endpoint at oauth2.googleapis.com is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT) | put the certificate authority of the proxy into the file that NODE_EXTRA_CA_CERTS names",
    );
  });

  test('of another host stops with 78', async (t) => {
    const other = await startGoogle({ hosts: [OAUTH, 'elsewhere.example.com'] });
    t.after(() => other.close());
    other.accounts.push(world.account);
    const NODE_EXTRA_CA_CERTS = world.write('other.pem', other.authority);
    assert.equal(
      await open({ NODE_EXTRA_CA_CERTS, HTTPS_PROXY: other.proxyUrl }).failure(REFERENCE),
      '78 the certificate of Google Secret Manager at secretmanager.googleapis.com is for another host (ERR_TLS_CERT_ALTNAME_INVALID) | check HTTPS_PROXY and the DNS of this network; a proxy or a load balancer may answer in its place',
    );
  });
});

test('nothing of the process reaches the library: no variable of Google, no proxy, no file', async (t) => {
  const hostile = {
    HTTPS_PROXY: 'http://127.0.0.1:9',
    HTTP_PROXY: 'http://127.0.0.1:9',
    GOOGLE_APPLICATION_CREDENTIALS: '/nonexistent/key.json',
    GOOGLE_CLOUD_QUOTA_PROJECT: 'hostile',
    GCE_METADATA_HOST: '127.0.0.1:9',
    GCE_METADATA_IP: '127.0.0.1:9',
    CLOUDSDK_CONFIG: '/nonexistent',
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
  assert.match(await open({ NODE_EXTRA_CA_CERTS: '' }).failure(REFERENCE), /^78 the certificate of/);
});

test('a request for a token says who asks, and holds nothing of the machine', async () => {
  await open().read(REFERENCE);
  const agents = world.google.headers.map((headers) => headers['user-agent']);
  assert.ok(agents.length > 0);
  for (const agent of agents) assert.match(String(agent), /^(kong-entrypoint|google-api-nodejs-client\/[\d.]+)$/);
});
