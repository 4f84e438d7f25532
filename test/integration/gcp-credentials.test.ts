import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, afterEach, before, describe, type TestContext, test } from 'node:test';
import {
  type GoogleMetadata,
  type GoogleMetadataOptions,
  startGoogleMetadata,
} from '../emulators/google-metadata-server.ts';
import { createAccount } from '../emulators/google-token-endpoint.ts';
import { createGcpWorld, type GcpWorld } from './gcp-world.ts';
import { type Environment, openVault } from './vault-world.ts';

const NODE = 'node@project-123.iam.gserviceaccount.com';
const NODE_TOKEN = 'ya29.token-of-the-node';
let world: GcpWorld;
let metadata: GoogleMetadata;

before(async () => {
  world = await createGcpWorld();
  world.google.putSecret('kong-db', 'value');
  world.google.addToken(NODE_TOKEN);
  metadata = await startGoogleMetadata({ email: NODE, token: NODE_TOKEN });
});
afterEach(() => world.google.recover());
after(async () => {
  await metadata.close();
  await world.close();
});

const key = (): Environment => ({ GCP_SERVICE_ACCOUNT: world.account.keyText });
const node = (): Environment => ({ GCE_METADATA_HOST: metadata.host });
const adc: Environment = { GCP_AUTH_METHOD_ORDER: 'adc' };

/** The token that arrived at Secret Manager. */
async function bearer(...environments: Environment[]): Promise<string | undefined> {
  const environment = Object.assign({}, world.environment, ...environments);
  assert.equal(await openVault(environment).read('{vault://gcp/kong-db}'), 'value');
  return world.google.bearers.at(-1);
}

async function failure(...environments: Environment[]): Promise<string> {
  const hidden = [world.account.token, NODE_TOKEN, 'PRIVATE KEY', 'hunter2'];
  return openVault(Object.assign({}, world.environment, ...environments), { hidden }).failure('{vault://gcp/kong-db}');
}

async function startMetadata(t: TestContext, options: Partial<GoogleMetadataOptions>): Promise<GoogleMetadata> {
  const server = await startGoogleMetadata({ email: NODE, token: NODE_TOKEN, ...options });
  t.after(() => server.close());
  return server;
}

describe('the token is that', () => {
  const rows: readonly (readonly [what: string, environments: () => Environment[], ofNode: boolean])[] = [
    ['of the metadata server alone', () => [node()], true],
    ['of GCP_SERVICE_ACCOUNT alone', () => [key()], false],
    ['of the metadata server where both are there, as in Kong', () => [key(), node()], true],
    ['of the metadata server, in the order legacy', () => [key(), node(), { GCP_AUTH_METHOD_ORDER: 'legacy' }], true],
    ['of GCP_SERVICE_ACCOUNT where both are there, in the order adc', () => [key(), node(), adc], false],
    ['of the metadata server where it is alone in the order adc', () => [node(), adc], true],
    ['of GCP_SERVICE_ACCOUNT where it is alone in the order adc', () => [key(), adc], false],
  ];
  for (const [what, environments, ofNode] of rows) {
    test(what, async () => {
      assert.equal(await bearer(...environments()), ofNode ? NODE_TOKEN : world.account.token);
    });
  }

  for (const fault of ['hang', 'noAccount', 'unavailable', 'noFlavor', 'noToken'] as const) {
    test(`of GCP_SERVICE_ACCOUNT where the metadata server gives none: ${fault}`, async (t) => {
      const server = await startMetadata(t, { fault });
      const start = performance.now();
      assert.equal(await bearer(key(), { GCE_METADATA_HOST: server.host }), world.account.token);
      assert.equal(server.questions.length, 1);
      assert.ok(performance.now() - start < 5_000);
    });
  }

  test('which a metadata server that is not ready yet gives at last, where there is nothing else', async (t) => {
    const closed = await startGoogleMetadata({ email: NODE, token: NODE_TOKEN });
    await closed.close();
    const reading = bearer({ GCE_METADATA_HOST: closed.host });
    const late = await startGoogleMetadata({ email: NODE, token: NODE_TOKEN, port: Number(closed.host.split(':')[1]) });
    t.after(() => late.close());
    assert.equal(await reading, NODE_TOKEN);
  });

  test('which is asked for again when the last one is about to expire', async (t) => {
    const server = await startMetadata(t, { expiresIn: 50 });
    const vault = openVault({ ...world.environment, GCE_METADATA_HOST: server.host });
    for (let fetches = 0; fetches < 2; fetches += 1) await vault.read('{vault://gcp/kong-db}');
    assert.equal(server.questions.length, 2);
  });
});

describe('without credentials', () => {
  test('every link and its reason is told, and what to do', async () => {
    assert.equal(
      await failure(),
      '77 no Google credentials (metadata server: the metadata server at 127.0.0.1:1 refuses connections (ECONNREFUSED); GCP_SERVICE_ACCOUNT: not set) | attach a service account to the instance or the pod (Workload Identity on GKE), or set GCP_SERVICE_ACCOUNT to the JSON text of a key',
    );
  });

  test('where GOOGLE_APPLICATION_CREDENTIALS is all there is, that is told, and the file is not read', async () => {
    const GOOGLE_APPLICATION_CREDENTIALS = world.write('key.json', world.account.keyText);
    assert.match(
      await failure({ GOOGLE_APPLICATION_CREDENTIALS, HOME: '/nonexistent' }),
      /^77 no Google credentials \(.*\) \| GOOGLE_APPLICATION_CREDENTIALS is not read, as Kong does: put the text of that file into GCP_SERVICE_ACCOUNT, if it is the key of a service account$/,
    );
  });

  const reasons: readonly (readonly [fault: GoogleMetadataOptions['fault'] & string, reason: RegExp])[] = [
    ['hang', /metadata server: the metadata server at .* gave no complete answer within 5\.0 s;/],
    ['noAccount', /metadata server: no service account is attached \(status 404\);/],
    ['unavailable', /metadata server: it answered with status 503;/],
    ['noFlavor', /metadata server: another server answers there \(status 200\);/],
    ['noToken', /metadata server: its answer holds no token;/],
  ];
  for (const [fault, reason] of reasons) {
    test(`the reason is told: ${fault}`, async (t) => {
      const server = await startMetadata(t, { fault });
      assert.match(await failure({ GCE_METADATA_HOST: server.host }), reason);
    });
  }

  test('a GCE_METADATA_HOST that is none is told', async () => {
    assert.match(await failure({ GCE_METADATA_HOST: 'a b' }), /metadata server: GCE_METADATA_HOST is not a host;/);
  });
});

describe('what stops with 78:', () => {
  test('an order that nobody knows', async () => {
    assert.equal(
      await failure(key(), { GCP_AUTH_METHOD_ORDER: 'ADC' }),
      '78 GCP_AUTH_METHOD_ORDER: this is not an order of credentials | give adc to try GCP_SERVICE_ACCOUNT before the metadata server, or legacy (the default) for the reverse',
    );
  });

  const whole = (): object => JSON.parse(world.account.keyText);
  const other = (change: object) => JSON.stringify({ ...whole(), ...change });
  const elliptic = () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  };
  const asItIs = 'give the text of the key file as it is';
  const incomplete = 'give the whole text of the key file, as Google issued it';
  const damaged =
    'the line breaks of private_key are written \\n in the JSON text; create a new key if this one is damaged';
  const noKey = 'Kong takes a key whose type is service_account only';
  const rows: readonly (readonly [what: string, text: () => string, failure: string])[] = [
    ['a path', () => '/secrets/key.json', 'this is not a JSON object | give the text of the key file, not its path'],
    ['text', () => 'hunter2', `this is not a JSON object | ${asItIs}`],
    ['a list', () => '["hunter2"]', `this is not a JSON object | ${asItIs}`],
    [
      'a key of another type',
      () => other({ type: 'authorized_user' }),
      `this is not the key of a service account | ${noKey}`,
    ],
    ['a federation', () => other({ type: 'external_account' }), `this is not the key of a service account | ${noKey}`],
    ['a key without an e-mail', () => other({ client_email: 7 }), `it has no usable client_email | ${incomplete}`],
    ['a key without a key', () => other({ private_key: '' }), `it has no usable private_key | ${incomplete}`],
    [
      'a damaged key',
      () => other({ private_key: '-----BEGIN hunter2' }),
      `its private_key is not an RSA key in PEM | ${damaged}`,
    ],
    [
      'a key of another kind',
      () => other({ private_key: elliptic() }),
      `its private_key is not an RSA key in PEM | ${damaged}`,
    ],
  ];
  for (const [what, text, sentence] of rows) {
    test(`GCP_SERVICE_ACCOUNT that is ${what}`, async () => {
      assert.equal(await failure({ GCP_SERVICE_ACCOUNT: text() }), `78 GCP_SERVICE_ACCOUNT: ${sentence}`);
    });
  }
});

describe('a key that Google refuses stops with 77, and no other identity is taken:', () => {
  const email = 'kong@project-123.iam.gserviceaccount.com';

  test('of an account that is gone', async () => {
    const gone = createAccount('gone', 'never');
    assert.equal(
      await failure({ GCP_SERVICE_ACCOUNT: gone.keyText }),
      `77 Google does not know the service account ${gone.email} | it may have been deleted; set GCP_SERVICE_ACCOUNT to the key of one that exists`,
    );
    assert.match(await failure({ GCP_SERVICE_ACCOUNT: gone.keyText }, node(), adc), /^77 Google does not know/);
  });

  test('that was deleted', async () => {
    const { keyText } = createAccount('kong', 'never');
    assert.equal(
      await failure({ GCP_SERVICE_ACCOUNT: keyText }),
      `77 Google refused the key of ${email} | it was deleted, or has expired; create another: gcloud iam service-accounts keys create FILE --iam-account=${email}, and set GCP_SERVICE_ACCOUNT to the text of FILE`,
    );
  });

  test('signed at a wrong time', async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 3_600_000 });
    world.google.useClock(() => Date.now() - 3_600_000);
    t.after(() => world.google.useClock(Date.now));
    assert.equal(
      await failure(key()),
      `77 Google refused the time at which the key of ${email} signed | set the clock of this machine`,
    );
  });
});

describe("Google's token endpoint", () => {
  const OAUTH = 'oauth2.googleapis.com';
  const elsewhere = 'check HTTPS_PROXY and the DNS of this network';
  const rows: readonly (readonly [
    fault: Parameters<GcpWorld['google']['fail']>[1],
    attempts: number,
    failure: string,
  ])[] = [
    ['badGateway', 3, "75 Google's token endpoint failed (status 502) | try again later; see status.cloud.google.com"],
    [
      'throttle',
      3,
      "75 Google's token endpoint limits the rate of requests | start fewer containers at once, or try again later",
    ],
    ['html', 1, `78 another server answers in place of Google's token endpoint (status 200) | ${elsewhere}`],
    ['notJson', 1, `78 another server answers in place of Google's token endpoint (status 200) | ${elsewhere}`],
    ['redirect', 1, `78 another server answers in place of Google's token endpoint (status 307) | ${elsewhere}`],
    [
      'huge',
      1,
      `78 another server answers in place of Google's token endpoint at ${OAUTH}: its answer is larger than 1 MiB | ${elsewhere}; a proxy or a load balancer may answer in its place`,
    ],
  ];
  for (const [fault, attempts, sentence] of rows) {
    test(`that meets the fault ${fault} is given up after ${attempts} attempt${attempts === 1 ? '' : 's'}`, async () => {
      const before = world.google.requests.length;
      world.google.fail(OAUTH, fault);
      assert.equal(await failure(key()), sentence);
      assert.equal(world.google.requests.length - before, attempts);
    });
  }

  test('that breaks the connection off is given up after 3 attempts', async () => {
    const before = world.google.requests.length;
    world.google.fail(OAUTH, 'reset');
    const sentence = `75 Google's token endpoint at ${OAUTH} closed the connection (ECONNRESET) | ${elsewhere}; `;
    assert.ok((await failure(key())).startsWith(sentence));
    assert.equal(world.google.requests.length - before, 3);
  });
});
