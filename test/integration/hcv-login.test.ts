import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, type TestContext, test } from 'node:test';
import { startVault, type VaultEmulator } from '../emulators/hashicorp-vault.ts';
import { createIssuer } from '../emulators/json-web-token.ts';
import { type OAuth2Server, startOAuth2Server } from '../emulators/oauth2-server.ts';
import { refused } from '../emulators/vault-engine.ts';
import { approleMethod, jwtMethod, kubernetesMethod } from '../emulators/vault-logins.ts';
import { type Environment, hcvVault, placeOf } from './hcv-world.ts';

const SECRET_ID = 's3cr3t-0f91-id';
const CLIENT_SECRET = 's3cr3t+/=%: &';
const folder = mkdtempSync(join(tmpdir(), 'hcv-login-'));
const cluster = createIssuer('https://kubernetes.default.svc');
const idp = createIssuer('https://idp.example.com');
const secretIds = new Map<string, number>();
let vault: VaultEmulator;
let oauth2: OAuth2Server;

before(async () => {
  vault = await startVault();
  vault.mount('secret', 'v1').put('kong', { a: 'b' });
  vault.mount('secret', 'v1', 'team-a').put('kong', { a: 'team' });
  oauth2 = await startOAuth2Server(idp, [{ id: 'kong', secret: CLIENT_SECRET, audiences: ['vault', 'other'] }]);
  const kubernetes = kubernetesMethod(cluster, { kong: 'system:serviceaccount:kong:gateway' });
  vault.enable('kubernetes', kubernetes);
  vault.enable('clusters/eu-1', kubernetes);
  vault.enable('kubernetes', kubernetes, { namespace: 'team-a' });
  const approle = approleMethod('role-1', secretIds);
  vault.enable('approle', approle);
  vault.enable('apps', approle);
  vault.enable('jwt', jwtMethod(idp, { kong: 'vault', anyone: '' }));
});
after(async () => {
  await Promise.all([vault.close(), oauth2.close()]);
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  vault.recover();
  vault.requests.length = 0;
  vault.given.length = 0;
  vault.revoked.length = 0;
  secretIds.clear();
  secretIds.set(SECRET_ID, 0);
});

function fileOf(t: TestContext, text: string): string {
  const path = join(folder, t.name.replace(/\W+/g, '-').slice(0, 60));
  writeFileSync(path, text);
  return path;
}

/** Reads the secret, closes the vault, and holds that there was one login, whose token read and was revoked. */
async function readOnce(environment: Environment, path: string): Promise<void> {
  const opened = hcvVault(environment);
  assert.equal(await opened.read('{vault://hcv/kong}'), '{"a":"b"}');
  await opened.close();
  const asked = vault.requests.map(({ method, target, headers }) => [method, target, headers['x-vault-token']]);
  const [token] = vault.given;
  assert.deepEqual(asked, [
    ['POST', `/v1/auth/${path}/login`, undefined],
    ['GET', '/v1/secret/kong', token],
    ['POST', '/v1/auth/token/revoke-self', token],
  ]);
  assert.deepEqual(vault.revoked, [token]);
  assert.deepEqual(opened.lines, []);
}

describe('kubernetes', () => {
  const account = (name = 'gateway', more: object = {}): string =>
    cluster.issue({ sub: `system:serviceaccount:kong:${name}`, aud: ['vault'], ...more });
  const pod = (t: TestContext, token = account()): Environment => ({
    ...placeOf(vault),
    KONG_VAULT_HCV_AUTH_METHOD: 'kubernetes',
    KONG_VAULT_HCV_KUBE_ROLE: 'kong',
    KONG_VAULT_HCV_KUBE_API_TOKEN_FILE: fileOf(t, `${token}\n`),
  });

  test('logs in with the token of the service account', async (t) => {
    await readOnce(pod(t), 'kubernetes');
  });

  test('logs in at another path, a slash at its ends or not', async (t) => {
    for (const path of ['clusters/eu-1', '/clusters/eu-1/']) {
      vault.requests.length = 0;
      vault.given.length = 0;
      vault.revoked.length = 0;
      await readOnce({ ...pod(t), KONG_VAULT_HCV_KUBE_AUTH_PATH: path }, 'clusters/eu-1');
    }
  });

  test('logs in, reads and revokes in the namespace', async (t) => {
    const opened = hcvVault({ ...pod(t), KONG_VAULT_HCV_NAMESPACE: 'team-a' });
    assert.equal(await opened.read('{vault://hcv/kong}'), '{"a":"team"}');
    await opened.close();
    assert.deepEqual(
      vault.requests.map(({ headers }) => headers['x-vault-namespace']),
      ['team-a', 'team-a', 'team-a'],
    );
    assert.equal(vault.revoked.length, 1);
  });

  const refusals: readonly (readonly [what: string, token: string, more: Environment, failure: RegExp])[] = [
    [
      'a role that Vault does not have',
      account(),
      { KONG_VAULT_HCV_KUBE_ROLE: 'absent' },
      /^77 Vault at \S+ refused the login at auth\/kubernetes\/login \(status 400\): invalid role name "absent" \| check the role "absent" in Vault: its bound service account/,
    ],
    [
      'another service account',
      account('other'),
      {},
      /^77 Vault at \S+ refused the login at auth\/kubernetes\/login \(status 403\): service account name not authorized \| check the role "kong"/,
    ],
    [
      'a token that is over',
      account('gateway', { exp: 1 }),
      {},
      /^77 Vault at \S+ refused the login at auth\/kubernetes\/login \(status 403\): permission denied \| /,
    ],
    ['a token for another audience', account('gateway', { aud: ['api'] }), {}, /^77 Vault at \S+ refused the login/],
    [
      'a method that is not enabled',
      account(),
      { KONG_VAULT_HCV_KUBE_AUTH_PATH: 'absent' },
      /^78 Vault at \S+ has no auth method at auth\/absent\/login \(status 404\) \| enable it in Vault, or correct its path; check KONG_VAULT_HCV_NAMESPACE too$/,
    ],
    [
      'a method of no such namespace',
      account(),
      { KONG_VAULT_HCV_NAMESPACE: 'b' },
      /^78 Vault at \S+ has no auth method at auth\/kubernetes\/login in namespace b \(status 404\) \| .*; check KONG_VAULT_HCV_NAMESPACE too$/,
    ],
    [
      'no role',
      account(),
      { KONG_VAULT_HCV_KUBE_ROLE: '' },
      /^78 auth_method kubernetes of the hcv vault needs the option kube_role, which is not set \| set KONG_VAULT_HCV_KUBE_ROLE$/,
    ],
    [
      'no file',
      account(),
      { KONG_VAULT_HCV_KUBE_API_TOKEN_FILE: '/absent/token' },
      /^78 \/absent\/token cannot be read: there is no such file \| mount the file, readable for the user of the container, or name another one with KONG_VAULT_HCV_KUBE_API_TOKEN_FILE$/,
    ],
    ['a file with nothing in it', '', {}, /^78 \S+ is empty \| mount the file/],
    [
      'the default file, where there is no pod',
      account(),
      { KONG_VAULT_HCV_KUBE_API_TOKEN_FILE: '' },
      /^78 \/run\/secrets\/kubernetes\.io\/serviceaccount\/token cannot be read: there is no such file/,
    ],
  ];
  for (const [what, token, more, failure] of refusals) {
    test(`stops for ${what}`, async (t) => {
      const environment = { ...pod(t, token), ...more };
      const text = await hcvVault(environment).failure('{vault://hcv/kong}');
      assert.match(text, failure);
      assert.ok(token === '' || !text.includes(token));
    });
  }
});

describe('approle', () => {
  const role = (more: Environment = {}): Environment => ({
    ...placeOf(vault),
    KONG_VAULT_HCV_AUTH_METHOD: 'approle',
    KONG_VAULT_HCV_APPROLE_ROLE_ID: 'role-1',
    KONG_VAULT_HCV_APPROLE_SECRET_ID: SECRET_ID,
    ...more,
  });

  test('logs in with the secret id', () => readOnce(role(), 'approle'));

  test('logs in with the secret id of a file, which ends with a line break', async (t) => {
    const file = fileOf(t, `${SECRET_ID}\n`);
    const both = { KONG_VAULT_HCV_APPROLE_SECRET_ID: '', KONG_VAULT_HCV_APPROLE_SECRET_ID_FILE: file };
    await readOnce(role(both), 'approle');
  });

  test('logs in at another path', () => readOnce(role({ KONG_VAULT_HCV_APPROLE_AUTH_PATH: '/apps' }), 'apps'));

  test('takes the options from a reference, none of which is repeated', async () => {
    const query = `auth_method=approle&approle_role_id=role-1&approle_secret_id=s3cr3t-wrong`;
    assert.match(
      await hcvVault(placeOf(vault)).failure(`{vault://hcv/kong/a?${query}}`),
      /^77 Vault at \S+ refused the login at auth\/approle\/login \(status 400\): invalid role or secret ID \| check the role id and the secret id: .* is used up/,
    );
  });

  test('spends one use of a secret id for all secrets of a start; when it is used up, that is said', async () => {
    secretIds.set(SECRET_ID, 1);
    const first = hcvVault(role());
    await Promise.all(Array.from({ length: 8 }, () => first.read('{vault://hcv/kong}')));
    await first.close();
    assert.equal(vault.given.length, 1);
    assert.match(
      await hcvVault(role()).failure('{vault://hcv/kong}'),
      /^77 .* \| check the role id and the secret id: one that is expired, or was good for few logins \(secret_id_num_uses\) and is used up, is refused too/,
    );
  });

  const refusals: readonly (readonly [what: string, more: Environment, failure: RegExp])[] = [
    [
      'a wrapped secret id',
      { KONG_VAULT_HCV_APPROLE_RESPONSE_WRAPPING: 'on' },
      /^78 the secret id is wrapped \(approle_response_wrapping\), and the token that unwraps it works once: used here, Kong could not start with it \| give the secret id itself/,
    ],
    [
      'no role id',
      { KONG_VAULT_HCV_APPROLE_ROLE_ID: '  ' },
      /^78 auth_method approle of the hcv vault needs the option approle_role_id/,
    ],
    [
      'no secret id',
      { KONG_VAULT_HCV_APPROLE_SECRET_ID: ' ' },
      /^78 auth_method approle of the hcv vault needs a secret id, which is not set \| set KONG_VAULT_HCV_APPROLE_SECRET_ID, or KONG_VAULT_HCV_APPROLE_SECRET_ID_FILE$/,
    ],
    [
      'no file',
      { KONG_VAULT_HCV_APPROLE_SECRET_ID: '', KONG_VAULT_HCV_APPROLE_SECRET_ID_FILE: '/absent' },
      /^78 \/absent cannot be read: there is no such file/,
    ],
  ];
  for (const [what, more, failure] of refusals) {
    test(`stops for ${what}, before anything is asked`, async () => {
      assert.match(await hcvVault(role(more)).failure('{vault://hcv/kong}'), failure);
      assert.equal(vault.requests.length, 0);
    });
  }
});

describe('jwt', () => {
  const client = (more: Environment = {}): Environment => ({
    ...placeOf(vault),
    KONG_VAULT_HCV_AUTH_METHOD: 'jwt',
    KONG_VAULT_HCV_JWT_ROLE: 'kong',
    KONG_VAULT_HCV_OAUTH2_TOKEN_ENDPOINT: oauth2.endpoint,
    KONG_VAULT_HCV_OAUTH2_CLIENT_ID: 'kong',
    KONG_VAULT_HCV_OAUTH2_CLIENT_SECRET: CLIENT_SECRET,
    KONG_VAULT_HCV_OAUTH2_AUDIENCES: 'vault',
    ...more,
  });

  test('logs in with an access token for the client and its audiences', async () => {
    for (const audiences of ['vault', 'other, vault', 'vault,other']) {
      vault.requests.length = 0;
      vault.given.length = 0;
      vault.revoked.length = 0;
      await readOnce(client({ KONG_VAULT_HCV_OAUTH2_AUDIENCES: audiences }), 'jwt');
    }
  });

  test('needs no audience where neither the client nor the role has one', () =>
    readOnce(client({ KONG_VAULT_HCV_OAUTH2_AUDIENCES: '', KONG_VAULT_HCV_JWT_ROLE: 'anyone' }), 'jwt'));

  test("takes its role by the documentation's other name too", () =>
    readOnce(client({ KONG_VAULT_HCV_JWT_ROLE: '', KONG_VAULT_HCV_OAUTH2_ROLE_NAME: 'kong' }), 'jwt'));

  test("is also named oauth2, as in Kong's how-to, with a warning", async () => {
    const opened = hcvVault(client({ KONG_VAULT_HCV_AUTH_METHOD: 'oauth2' }));
    assert.equal(await opened.read('{vault://hcv/kong}'), '{"a":"b"}');
    assert.deepEqual(opened.lines, [
      'warn: the hcv vault: auth_method oauth2 is read as jwt, which is its name in the lists of Kong',
    ]);
  });

  const refusals: readonly (readonly [what: string, more: Environment, failure: RegExp])[] = [
    [
      'a wrong client secret',
      { KONG_VAULT_HCV_OAUTH2_CLIENT_SECRET: 's3cr3t-wrong' },
      /^77 the OAuth 2\.0 server at 127\.0\.0\.1:\d+ gave no access token \(status 401, invalid_client\) \| check KONG_VAULT_HCV_OAUTH2_CLIENT_ID, its secret/,
    ],
    [
      'an audience that the client may not have',
      { KONG_VAULT_HCV_OAUTH2_AUDIENCES: 'api' },
      /^77 the OAuth 2\.0 server at \S+ gave no access token \(status 400, invalid_target\)/,
    ],
    [
      'a token for another audience than the role has',
      { KONG_VAULT_HCV_OAUTH2_AUDIENCES: 'other' },
      /^77 Vault at \S+ refused the login at auth\/jwt\/login \(status 400\): error validating token: invalid audience \(aud\) claim/,
    ],
    [
      'a role that Vault does not have',
      { KONG_VAULT_HCV_JWT_ROLE: 'absent' },
      /^77 Vault at \S+ refused the login at auth\/jwt\/login \(status 400\): role "absent" could not be found \| check the role "absent"/,
    ],
    ['no role', { KONG_VAULT_HCV_JWT_ROLE: '' }, /^78 auth_method jwt of the hcv vault needs the option jwt_role/],
    ['no endpoint', { KONG_VAULT_HCV_OAUTH2_TOKEN_ENDPOINT: '' }, /^78 .* needs the option oauth2_token_endpoint/],
    ['no client', { KONG_VAULT_HCV_OAUTH2_CLIENT_ID: '' }, /^78 .* needs the option oauth2_client_id/],
    ['no client secret', { KONG_VAULT_HCV_OAUTH2_CLIENT_SECRET: '' }, /^78 .* needs the option oauth2_client_secret/],
    [
      'an endpoint where nobody is',
      { KONG_VAULT_HCV_OAUTH2_TOKEN_ENDPOINT: 'http://127.0.0.1:9/token' },
      /^75 the OAuth 2\.0 server at 127\.0\.0\.1:9 refuses connections \(ECONNREFUSED\) \| check KONG_VAULT_HCV_OAUTH2_TOKEN_ENDPOINT; /,
    ],
  ];
  for (const [what, more, failure] of refusals) {
    test(`stops for ${what}`, async () => {
      const text = await hcvVault(client(more)).failure('{vault://hcv/kong}');
      assert.match(text, failure);
      assert.ok(oauth2.given.every((token) => !text.includes(token)));
    });
  }

  for (const [fault, failure] of [
    ['badGateway', /^75 the OAuth 2\.0 server at \S+ failed \(status 502\)/],
    ['html', /^78 the OAuth 2\.0 server at \S+ gave no access token \(status 200\)/],
    ['redirect', /^78 the OAuth 2\.0 server at \S+ gave no access token \(status 307\)/],
    ['notJson', /^78 the OAuth 2\.0 server at \S+ gave no access token/],
    ['huge', /^78 another server answers in place of the OAuth 2\.0 server at \S+: its answer is larger than 1 MiB/],
    ['half', /^75 the OAuth 2\.0 server at \S+ closed the connection/],
  ] as const) {
    test(`stops for a token endpoint that answers otherwise: ${fault}`, async (t) => {
      const broken = await startOAuth2Server(idp, []);
      t.after(() => broken.close());
      broken.fail(fault);
      const environment = client({ KONG_VAULT_HCV_OAUTH2_TOKEN_ENDPOINT: broken.endpoint });
      assert.match(await hcvVault(environment).failure('{vault://hcv/kong}'), failure);
    });
  }
});

describe('a token of our own', () => {
  const role = (path: string): Environment => ({
    ...placeOf(vault),
    KONG_VAULT_HCV_AUTH_METHOD: 'approle',
    KONG_VAULT_HCV_APPROLE_AUTH_PATH: path,
    KONG_VAULT_HCV_APPROLE_ROLE_ID: 'role-1',
    KONG_VAULT_HCV_APPROLE_SECRET_ID: SECRET_ID,
  });
  before(() => {
    const approle = approleMethod('role-1', secretIds);
    vault.enable('twice', approle, { uses: 2 });
    vault.enable('short', approle, { seconds: 1 });
    vault.enable('batch', approle, { type: 'batch' });
  });

  test('is one for all secrets, also those that are asked for at the same time', async () => {
    const opened = hcvVault(role('approle'));
    await Promise.all(Array.from({ length: 20 }, () => opened.read('{vault://hcv/kong}')));
    await opened.close();
    assert.deepEqual([vault.given.length, vault.revoked.length], [1, 1]);
  });

  test('of few uses is a warning, and is followed by another login when it is used up', async () => {
    const opened = hcvVault(role('twice'));
    for (let time = 0; time < 3; time += 1) await opened.read('{vault://hcv/kong}');
    assert.equal(vault.given.length, 2);
    assert.deepEqual(
      opened.lines[0],
      'warn: a token that Vault gives for auth_method approle is good for 2 requests only (num_uses): Kong, which logs in by itself later, can read no more secrets with one login',
    );
    await opened.close();
    // The first is over already; the second has its last use for its own end.
    assert.deepEqual(vault.revoked, [vault.given[1]]);
    assert.equal(vault.requests.filter(({ target }) => target.endsWith('/revoke-self')).length, 1);
  });

  test('that is about to expire is followed by another', async () => {
    const opened = hcvVault(role('short'));
    await opened.read('{vault://hcv/kong}');
    await new Promise((resolve) => setTimeout(resolve, 950));
    await opened.read('{vault://hcv/kong}');
    assert.equal(vault.given.length, 2);
  });

  test('of type batch is not revoked, for Vault keeps none', async () => {
    const opened = hcvVault(role('batch'));
    await opened.read('{vault://hcv/kong}');
    await opened.close();
    assert.equal(vault.requests.length, 2);
  });

  test('is revoked also when the start is being stopped', async () => {
    const stop = new AbortController();
    const opened = hcvVault(role('approle'), { signal: stop.signal });
    await opened.read('{vault://hcv/kong}');
    stop.abort(new Error('stopped'));
    await opened.close();
    assert.deepEqual(vault.revoked, vault.given);
  });

  for (const [fault, line] of [
    ['hang', /^debug: hcv: our token is not revoked: Vault at \S+ gave no complete answer within 2\.0 s$/],
    ['reset', /^debug: hcv: our token is not revoked: Vault at \S+ closed the connection/],
    [refused(403, 'permission denied'), /^debug: hcv: our token is not revoked \(status 403\)$/],
  ] as const) {
    test(`that cannot be revoked ends nothing, and takes 2 s at most: ${JSON.stringify(fault)}`, async () => {
      const opened = hcvVault(role('approle'));
      await opened.read('{vault://hcv/kong}');
      vault.failAlways(fault);
      const start = performance.now();
      await opened.close();
      assert.ok(performance.now() - start < 6000);
      assert.match(opened.debugLines.at(-1) ?? '', line);
      assert.deepEqual(opened.lines, []);
    });
  }

  for (const [status, attempts] of [
    [412, 3],
    [429, 3],
    [503, 3],
    [500, 1],
    [502, 1],
  ] as const) {
    test(`is asked for ${attempts === 1 ? 'once' : 'again'} after a login that was answered with ${status}`, async () => {
      vault.failAlways(refused(status, 'not now'));
      assert.match(await hcvVault(role('approle')).failure('{vault://hcv/kong}'), /^75 Vault at /);
      assert.equal(vault.requests.length, attempts);
    });
  }

  test('is asked for again when the login before has failed', async () => {
    const opened = hcvVault(role('approle'));
    vault.fail(refused(503, 'Vault is sealed'));
    assert.match(await opened.failure('{vault://hcv/kong}'), /^75 Vault at \S+ is sealed/);
    assert.equal(await opened.read('{vault://hcv/kong}'), '{"a":"b"}');
  });

  test('that is missing in the answer, as with a second factor, is said', async () => {
    const auth = { client_token: '', mfa_requirement: { mfa_request_id: 'x' } };
    vault.fail({ status: 200, body: { auth } });
    assert.match(
      await hcvVault(role('approle')).failure('{vault://hcv/kong}'),
      /^78 Vault at \S+ answered the login at auth\/approle\/login without a token \| .*MFA/,
    );
  });
});
