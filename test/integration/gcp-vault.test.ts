import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { GoogleFault } from '../emulators/google.ts';
import { startGoogleMetadata } from '../emulators/google-metadata-server.ts';
import { createGcpWorld, type GcpWorld } from './gcp-world.ts';
import { type Environment, type OpenVault, openVault } from './vault-world.ts';

let world: GcpWorld;
let vault: OpenVault;
const SECRET_MANAGER = 'secretmanager.googleapis.com';

before(async () => {
  world = await createGcpWorld();
  const { google } = world;
  google.putSecret('kong-db', '{"pg_user":"before"}');
  google.putSecret('kong-db', '{"pg_user":"kong"}');
  google.putSecret('Under_Score-9', 'whole ünicode\n');
  google.putSecret('empty', '');
  google.putSecret('off', { state: 'DISABLED' });
  google.putSecret('shredded', { state: 'DESTROYED' });
  google.putSecret('binary', { data: new Uint8Array([0xff, 0xfe, 1]) });
  vault = openVault(environment(), { hidden: hidden() });
});
afterEach(() => world.google.recover());
after(() => world.close());

const environment = (): Environment => ({ ...world.environment, GCP_SERVICE_ACCOUNT: world.account.keyText });
const hidden = () => [world.account.token, 'PRIVATE KEY', 'hunter2', 'aHVudGVyMg'];

describe('the gcp vault reads', () => {
  test('the latest version, and one by its number', async () => {
    assert.equal(await vault.read('{vault://gcp/kong-db/pg_user}'), '{"pg_user":"kong"}');
    assert.equal(
      world.google.requests.at(-1),
      `${SECRET_MANAGER} GET /v1/projects/project-123/secrets/kong-db/versions/latest:access`,
    );
    assert.equal(await vault.read('{vault://gcp/kong-db/pg_user#1}'), '{"pg_user":"before"}');
    assert.equal(
      world.google.requests.at(-1),
      `${SECRET_MANAGER} GET /v1/projects/project-123/secrets/kong-db/versions/1:access`,
    );
  });

  test('a name with every kind of character that Google allows, and text as it was stored', async () => {
    assert.equal(await vault.read('{vault://gcp/Under_Score-9}'), 'whole ünicode\n');
    assert.equal(await vault.read('{vault://gcp/empty}'), '');
  });

  test('with one token for several secrets', async () => {
    const before = world.google.requests.length;
    const fresh = openVault(environment());
    await Promise.all(['kong-db', 'empty', 'Under_Score-9'].map((name) => fresh.read(`{vault://gcp/${name}}`)));
    const tokens = world.google.requests.slice(before).filter((request) => request.startsWith('oauth2.'));
    assert.deepEqual(tokens, ['oauth2.googleapis.com POST /token']);
  });

  test('after two answers that ask to come later', async () => {
    world.google.fail(SECRET_MANAGER, 'unavailable', 2);
    assert.equal(await vault.read('{vault://gcp/kong-db#1}'), '{"pg_user":"before"}');
  });
});

describe('the option project_id', () => {
  const other = () => ({ ...environment(), KONG_VAULT_GCP_PROJECT_ID: 'another-project' });

  test('is taken from the reference before the variable, and from the variable before kong.conf', async () => {
    const withQuery = '{vault://gcp/kong-db?project_id=project-123}';
    assert.equal(await openVault(other()).read(withQuery), '{"pg_user":"kong"}');
    const conf = { vault_gcp_project_id: 'another-project' };
    assert.equal(await openVault(environment(), { conf }).read('{vault://gcp/kong-db}'), '{"pg_user":"kong"}');
    const { KONG_VAULT_GCP_PROJECT_ID: _unset, ...without } = environment();
    const found = openVault(without, { conf: { vault_gcp_project_id: 'project-123' } });
    assert.equal(await found.read('{vault://gcp/kong-db}'), '{"pg_user":"kong"}');
    assert.match(await openVault(other()).failure('{vault://gcp/kong-db}'), /^66 /);
    assert.match(world.google.requests.at(-1) ?? '', /\/v1\/projects\/another-project\/secrets\/kong-db\//);
  });

  test('may be a number, or of a domain, whose colon is encoded', async () => {
    for (const [project, path] of [
      ['123456789012', '/v1/projects/123456789012/'],
      ['example.com:my-project', '/v1/projects/example.com%3Amy-project/'],
    ] as const) {
      await openVault(environment()).failure(`{vault://gcp/kong-db?project_id=${encodeURIComponent(project)}}`);
      assert.ok(world.google.requests.at(-1)?.includes(path), world.google.requests.at(-1));
    }
  });

  test('that is missing or malformed stops with 78 before anything is asked', async () => {
    const before = world.google.requests.length;
    assert.equal(
      await openVault({ ...environment(), KONG_VAULT_GCP_PROJECT_ID: '' }).failure('{vault://gcp/kong-db}'),
      '78 no Google Cloud project | set KONG_VAULT_GCP_PROJECT_ID to the ID of the project that the secret is in, or write ?project_id= in the reference',
    );
    const form = 'give the ID of a project, such as my-project-123, or its number';
    for (const project of ['project_id', 'Project-123', '../project-123', 'short', 'my-project/secrets']) {
      assert.equal(
        await openVault({ ...environment(), KONG_VAULT_GCP_PROJECT_ID: project }).failure('{vault://gcp/kong-db}'),
        `78 KONG_VAULT_GCP_PROJECT_ID: this is malformed | ${form}`,
      );
    }
    assert.equal(
      await openVault(environment()).failure('{vault://gcp/kong-db?project_id=a%2Fb}'),
      `78 the option ?project_id of the reference is malformed | ${form}`,
    );
    assert.equal(world.google.requests.length, before);
  });

  test('is the only one: another is a warning', async () => {
    const told = openVault({ ...environment(), KONG_VAULT_GCP_REGION: 'x' });
    await told.read('{vault://gcp/kong-db?location=y}');
    const have = 'it has project_id, ttl, neg_ttl, resurrect_ttl, base64_decode';
    assert.deepEqual(told.lines, [
      `warn: KONG_VAULT_GCP_REGION: the gcp vault has no such option; ${have}`,
      `warn: the gcp vault has no option ?location, which a reference gives; ${have}`,
    ]);
  });
});

describe('the gcp vault stops with', () => {
  const references: readonly (readonly [reference: string, failure: string])[] = [
    [
      '{vault://gcp/nope/k}',
      '66 secret "nope" not found in project project-123, or it has no version | check the secret\'s name and KONG_VAULT_GCP_PROJECT_ID; the last part of a reference\'s path is the key, not the name',
    ],
    [
      '{vault://gcp/kong-db/pg_user#7}',
      '66 secret "kong-db" in project project-123 has no version 7 | gcloud secrets versions list kong-db --project=project-123 lists those it has; without #7 the latest is read',
    ],
    [
      '{vault://gcp/off}',
      '66 version 1 of secret "off" in project project-123 is disabled | enable it (gcloud secrets versions enable 1 --secret=off --project=project-123), or refer to another version, such as #1, since latest means the newest version even if it is not enabled',
    ],
    [
      '{vault://gcp/shredded}',
      '66 version 1 of secret "shredded" in project project-123 is destroyed | add a version (gcloud secrets versions add shredded --project=project-123), or refer to another version, such as #1, since latest means the newest version even if it is not enabled',
    ],
    [
      '{vault://gcp/binary}',
      '65 version latest of secret "binary" in project project-123 is binary | store text, in UTF-8; Kong reads no binary secrets',
    ],
    ...['0', '-1', '1.5'].map((version): readonly [string, string] => [
      `{vault://gcp/kong-db#${version}}`,
      '78 the gcp vault has no such version | write the number of a version, such as #3, or nothing for the latest',
    ]),
    [
      '{vault://gcp/prod%2Fkong/key}',
      '78 "prod/kong" cannot be the name of a secret in Google Secret Manager | a name has up to 255 letters, digits, - and _; write {vault://gcp/name/key}, with the project in KONG_VAULT_GCP_PROJECT_ID',
    ],
    [
      '{vault://gcp/projects/project-123/secrets/kong-db/key}',
      '78 "projects/project-123/secrets/kong-db" cannot be the name of a secret in Google Secret Manager | a name has up to 255 letters, digits, - and _; write {vault://gcp/name/key}, with the project in KONG_VAULT_GCP_PROJECT_ID',
    ],
  ];
  for (const [reference, failure] of references) {
    test(`what ${reference} names`, async () => assert.equal(await vault.failure(reference), failure));
  }

  const elsewhere = 'check HTTPS_PROXY and the DNS of this network';
  const kong = 'kong@project-123.iam.gserviceaccount.com';
  const faults: readonly (readonly [fault: GoogleFault, attempts: number, failure: string])[] = [
    [
      'denied',
      1,
      `77 ${kong} may not read secret "kong-db" in project project-123 (secretmanager.versions.access), or there is no such secret | give it the role Secret Manager Secret Accessor: gcloud secrets add-iam-policy-binding kong-db --project=project-123 --member=serviceAccount:${kong} --role=roles/secretmanager.secretAccessor`,
    ],
    [
      'apiDisabled',
      1,
      '78 the Secret Manager API is not enabled in project project-123 | gcloud services enable secretmanager.googleapis.com --project=project-123, or correct KONG_VAULT_GCP_PROJECT_ID',
    ],
    [
      'noBilling',
      1,
      '78 project project-123 has no billing, which the Secret Manager API needs | link a billing account to the project, or correct KONG_VAULT_GCP_PROJECT_ID',
    ],
    [
      'noScope',
      1,
      '77 the access token has no scope for Secret Manager (credentials from: GCP_SERVICE_ACCOUNT) | give the instance or the node pool the access scope cloud-platform, or use Workload Identity on GKE',
    ],
    [
      'perimeter',
      1,
      '77 a VPC Service Controls perimeter forbids reading secret "kong-db" in project project-123 | allow it by an ingress rule of the perimeter, or start inside it; the audit log names the rule that refused',
    ],
    [
      'tokenExpired',
      1,
      '77 Google says that the access token has expired (credentials from: GCP_SERVICE_ACCOUNT) | start again for a new one, and check the clock of this machine',
    ],
    [
      'invalidArgument',
      1,
      '78 Google could not serve secret "kong-db" in project project-123 (INVALID_ARGUMENT) | check the reference and KONG_VAULT_GCP_PROJECT_ID; try gcloud secrets versions access latest --secret=kong-db --project=project-123',
    ],
    [
      'strange',
      1,
      '78 Google could not serve secret "kong-db" in project project-123 (SOMETHING_NEW/BRAND_NEW) | check the reference and KONG_VAULT_GCP_PROJECT_ID; try gcloud secrets versions access latest --secret=kong-db --project=project-123',
    ],
    [
      'throttle',
      3,
      '75 Google Secret Manager limits the rate of requests | start fewer containers at once, or try again later',
    ],
    ['internal', 3, '75 Google Secret Manager failed (status 500) | try again later; see status.cloud.google.com'],
    ['unavailable', 3, '75 Google Secret Manager failed (status 503) | try again later; see status.cloud.google.com'],
    ['badGateway', 3, '75 Google Secret Manager failed (status 502) | try again later; see status.cloud.google.com'],
    ['redirect', 1, `78 another server answers in place of Google Secret Manager (status 307) | ${elsewhere}`],
    ['html', 1, `78 another server answers in place of Google Secret Manager (status 200) | ${elsewhere}`],
    ['notJson', 1, `78 another server answers in place of Google Secret Manager (status 200) | ${elsewhere}`],
    [
      'huge',
      1,
      `78 another server answers in place of Google Secret Manager at ${SECRET_MANAGER}: its answer is larger than 1 MiB | ${elsewhere}; a proxy or a load balancer may answer in its place`,
    ],
  ];
  for (const [fault, attempts, failure] of faults) {
    test(`the fault ${fault} after ${attempts} attempt${attempts === 1 ? '' : 's'}`, async () => {
      const before = world.google.requests.length;
      await vault.read('{vault://gcp/kong-db}');
      world.google.fail(SECRET_MANAGER, fault);
      assert.equal(await vault.failure('{vault://gcp/kong-db}'), failure);
      assert.equal(world.google.requests.length - before - 1, attempts);
    });
  }

  test('the account of the instance where its role is missing, or says that it cannot be told', async (t) => {
    const token = 'ya29.token-of-the-instance';
    world.google.addToken(token);
    for (const [email, who] of [
      ['node@project-123.iam.gserviceaccount.com', 'node@project-123.iam.gserviceaccount.com'],
      ['default', 'the service account of this instance'],
    ] as const) {
      const metadata = await startGoogleMetadata({ email, token });
      t.after(() => metadata.close());
      world.google.fail(SECRET_MANAGER, 'denied', 1);
      const failure = await openVault({ ...world.environment, GCE_METADATA_HOST: metadata.host }).failure(
        '{vault://gcp/kong-db}',
      );
      assert.ok(failure.startsWith(`77 ${who} may not read secret "kong-db" in project project-123 `), failure);
    }
  });

  test('a token that Google does not know', async (t) => {
    const metadata = await startGoogleMetadata({ email: 'x@y.z', token: 'ya29.stolen' });
    t.after(() => metadata.close());
    assert.equal(
      await openVault({ ...world.environment, GCE_METADATA_HOST: metadata.host }, { hidden: ['ya29'] }).failure(
        '{vault://gcp/kong-db}',
      ),
      '77 Google refused the access token (credentials from: metadata server) | check that the service account is not disabled, and its key not deleted',
    );
  });
});
