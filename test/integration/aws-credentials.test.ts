import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type ContainerCredentials, startContainerCredentials } from '../emulators/container-credentials.ts';
import { type InstanceMetadata, startInstanceMetadata } from '../emulators/instance-metadata.ts';
import { emulatorKey, type SecretsManager, startSecretsManager } from '../emulators/secrets-manager.ts';
import type { AccessKey } from '../emulators/signature-v4.ts';
import { type Sts, startSts } from '../emulators/sts.ts';
import { atEmulator, awsVault, type Environment, keysOf } from './aws-world.ts';

const token = 'FwoGZXIvYXdzEmulator//////////session';
const keyOf = (link: string): AccessKey => ({
  id: `ASIA${link}`,
  secret: `secret/of+${link}`,
  sessionToken: `${token}${link}`,
});
const keys = {
  environment: keyOf('ENVIRONMENT'),
  amazon: keyOf('AMAZON'),
  file: keyOf('FILE'),
  config: keyOf('CONFIG'),
  container: keyOf('CONTAINER'),
  webIdentity: keyOf('WEBIDENTITY'),
  instance: keyOf('INSTANCE'),
  role: keyOf('ROLE'),
};

const folder = mkdtempSync(join(tmpdir(), 'aws-credentials-'));
const written = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

let emulator: SecretsManager;
let container: ContainerCredentials;
let instance: InstanceMetadata;
let sts: Sts;
let roles: Sts;

before(async () => {
  emulator = await startSecretsManager({ keys: [emulatorKey, ...Object.values(keys)] });
  emulator.putSecret('kong-db', 'value');
  container = await startContainerCredentials({ key: keys.container });
  instance = await startInstanceMetadata({ key: keys.instance });
  sts = await startSts({ keys: [], issued: keys.webIdentity, webIdentityToken: 'a-service-account-token' });
  roles = await startSts({ keys: [keys.environment, keys.container], issued: keys.role });
});
beforeEach(() => emulator.calls.splice(0));
after(async () => {
  await Promise.all([emulator, container, instance, sts, roles].map((server) => server.close()));
  rmSync(folder, { recursive: true });
});

const section = (name: string, { id, secret, sessionToken }: AccessKey) =>
  `[${name}]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\naws_session_token = ${sessionToken}\n`;

/** What makes each link give its key, in Kong's order. */
const links: readonly (readonly [link: string, key: AccessKey, environment: () => Environment])[] = [
  ['AWS_ACCESS_KEY_ID', keys.environment, () => keysOf(keys.environment)],
  ['AMAZON_ACCESS_KEY_ID', keys.amazon, () => renamed(keysOf(keys.amazon))],
  [
    'the shared file',
    keys.file,
    () => ({
      AWS_SHARED_CREDENTIALS_FILE: written('credentials', section('gateway', keys.file)),
      AWS_PROFILE: 'gateway',
    }),
  ],
  ['the container', keys.container, () => ({ AWS_CONTAINER_CREDENTIALS_FULL_URI: container.credentialsUrl })],
  [
    'web identity',
    keys.webIdentity,
    () => ({
      AWS_WEB_IDENTITY_TOKEN_FILE: written('token', 'a-service-account-token\n'),
      AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/kong',
      KONG_VAULT_AWS_STS_ENDPOINT_URL: sts.url,
    }),
  ],
  [
    'the instance',
    keys.instance,
    () => ({ AWS_EC2_METADATA_DISABLED: 'false', AWS_EC2_METADATA_SERVICE_ENDPOINT: instance.url }),
  ],
];

function renamed(environment: Environment): Environment {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name.replace(/^AWS_/, 'AMAZON_'), value]),
  );
}

/** The access key that signed the fetch. */
async function signer(...environments: Environment[]): Promise<string | undefined> {
  await awsVault(Object.assign({}, atEmulator(emulator), ...environments)).read('{vault://aws/kong-db}');
  return emulator.calls.at(-1)?.accessKeyId;
}

describe('credentials come', () => {
  for (const [link, key, environment] of links) {
    test(`from ${link} alone`, async () => assert.equal(await signer(environment()), key.id));
  }

  for (const [index, [first, key, environment]] of links.entries()) {
    for (const [second, , other] of links.slice(index + 1)) {
      test(`from ${first} before ${second}`, async () => assert.equal(await signer(other(), environment()), key.id));
    }
  }

  test('from the config file only where the credentials file is absent', async () => {
    const AWS_CONFIG_FILE = written('config', section('default', keys.config));
    const absent = join(folder, 'absent');
    assert.equal(await signer({ AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE: absent }), keys.config.id);
    const AWS_SHARED_CREDENTIALS_FILE = written('credentials', section('gateway', keys.file));
    assert.match(
      await noCredentials({ AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE }),
      /shared file: no profile "default" in/,
    );
  });

  test('from the container with the token in a file, which wins over the variable', async (t) => {
    const strict = await startContainerCredentials({ key: keys.container, authorization: 'from-file' });
    t.after(() => strict.close());
    const environment = {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: strict.credentialsUrl,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: 'from-variable',
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: written('pod-token', 'from-file\n'),
    };
    assert.equal(await signer(environment), keys.container.id);
  });

  test('from an agent that is not ready at first', async (t) => {
    const late = await startContainerCredentials({ key: keys.container, refusals: { status: 503, times: 2 } });
    t.after(() => late.close());
    assert.equal(await signer({ AWS_CONTAINER_CREDENTIALS_FULL_URI: late.credentialsUrl }), keys.container.id);
    assert.equal(late.questions.length, 3);
  });

  test('from an instance without session tokens, unless that is forbidden', async (t) => {
    const old = await startInstanceMetadata({ key: keys.instance, version: 1 });
    t.after(() => old.close());
    const environment = { AWS_EC2_METADATA_DISABLED: '', AWS_EC2_METADATA_SERVICE_ENDPOINT: old.url };
    assert.equal(await signer(environment), keys.instance.id);
    const forbidden = { ...environment, AWS_EC2_METADATA_V1_DISABLED: 'true' };
    assert.match(await noCredentials(forbidden), /instance: answered 403\)/);
  });

  test('from a role, assumed with those of the chain', async () => {
    const role = {
      KONG_VAULT_AWS_ASSUME_ROLE_ARN: 'arn:aws:iam::123456789012:role/kong',
      KONG_VAULT_AWS_STS_ENDPOINT_URL: roles.url,
    };
    assert.equal(await signer(keysOf(keys.environment), role), keys.role.id);
    const { roleArn, sessionName, accessKeyId } = roles.calls.at(-1) ?? {};
    assert.deepEqual(
      [roleArn, sessionName, accessKeyId],
      [role.KONG_VAULT_AWS_ASSUME_ROLE_ARN, 'KongVault', keys.environment.id],
    );
    await signer(keysOf(keys.environment), { ...role, KONG_VAULT_AWS_ROLE_SESSION_NAME: 'gateway' });
    assert.equal(roles.calls.at(-1)?.sessionName, 'gateway');
  });

  test('once for several fetches', async () => {
    const { questions } = container;
    const before = questions.length;
    const vault = awsVault({ ...atEmulator(emulator), AWS_CONTAINER_CREDENTIALS_FULL_URI: container.credentialsUrl });
    for (let fetches = 0; fetches < 3; fetches += 1) await vault.read('{vault://aws/kong-db}');
    assert.equal(questions.length - before, 1);
  });
});

async function noCredentials(environment: Environment): Promise<string> {
  return awsVault({ ...atEmulator(emulator), ...environment }).failure('{vault://aws/kong-db}');
}

describe('without credentials', () => {
  test('every link and its reason is told, and what to do', async () => {
    assert.equal(
      await noCredentials({}),
      '77 no AWS credentials (environment: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY not set; shared file: no file /nonexistent/.aws/credentials or /nonexistent/.aws/config; container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI not set; web identity: AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN not set; instance: AWS_EC2_METADATA_DISABLED is set) | give the container a role: a task role on ECS, Pod Identity or IRSA on EKS, an instance profile on EC2; or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    );
  });

  const noneYet = (container: string, webIdentity: string): string =>
    `75 no AWS credentials yet (environment: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY not set; shared file: no file /nonexistent/.aws/credentials or /nonexistent/.aws/config; container: ${container}; web identity: ${webIdentity}; instance: AWS_EC2_METADATA_DISABLED is set) | start again: the endpoint that gives the container its credentials is busy or down; if that lasts, check the agent of ECS or of EKS Pod Identity on the node, and STS`;

  for (const status of [429, 500, 503]) {
    test(`for now, from an agent that answers ${status}, is 75, so that a restart asks again`, async (t) => {
      const busy = await startContainerCredentials({ key: keys.container, refusals: { status, times: 99 } });
      t.after(() => busy.close());
      assert.equal(
        await noCredentials({ AWS_CONTAINER_CREDENTIALS_FULL_URI: busy.credentialsUrl }),
        noneYet(`answered ${status}`, 'AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN not set'),
      );
      assert.equal(busy.questions.length, 3);
    });
  }

  test('for now, from an STS that is not reached, is 75', async () => {
    const closed = await startSts({ keys: [], issued: keys.webIdentity });
    await closed.close();
    assert.equal(
      await noCredentials({
        AWS_WEB_IDENTITY_TOKEN_FILE: written('token', 'a-service-account-token'),
        AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/kong',
        KONG_VAULT_AWS_STS_ENDPOINT_URL: closed.url,
      }),
      noneYet(
        'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI not set',
        `STS at ${new URL(closed.url).host} refuses connections (ECONNREFUSED)`,
      ),
    );
  });

  const reasons: readonly (readonly [what: string, environment: () => Environment, reason: RegExp])[] = [
    ['half a pair of keys', () => ({ AWS_ACCESS_KEY_ID: 'AKIA' }), /environment: AWS_SECRET_ACCESS_KEY not set;/],
    [
      'a profile that needs a program',
      () => ({
        AWS_SHARED_CREDENTIALS_FILE: written('credentials', '[default]\ncredential_process = /bin/vault-me\n'),
      }),
      /shared file: profile "default" has no static keys, only credential_process, which Kong does not follow;/,
    ],
    [
      'a profile that needs SSO',
      () => ({
        AWS_PROFILE: 'dev',
        AWS_SHARED_CREDENTIALS_FILE: written('credentials', '[dev]\nx=1\n'),
        AWS_CONFIG_FILE: written('config', '[profile dev]\nsso_session = corp\nregion=eu-west-1\n'),
      }),
      /profile "dev" has no static keys, only sso_session, which Kong does not follow;/,
    ],
    [
      'an agent that refuses',
      () => ({ AWS_CONTAINER_CREDENTIALS_FULL_URI: `${instance.url}/nothing` }),
      /container: answered 401;/,
    ],
    [
      'an endpoint of another host over plain http',
      () => ({ AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://credentials.example.com/' }),
      /container: AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor http to an agent beside the container;/,
    ],
    [
      'a token file that is absent',
      () => ({
        AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, 'absent'),
        AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/kong',
      }),
      /web identity: its token file cannot be read: there is no such file;/,
    ],
    [
      'a token that STS refuses',
      () => ({
        AWS_WEB_IDENTITY_TOKEN_FILE: written('bad', 'stolen-token'),
        AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/kong',
        KONG_VAULT_AWS_STS_ENDPOINT_URL: sts.url,
      }),
      /web identity: InvalidIdentityTokenException;/,
    ],
  ];
  for (const [what, environment, reason] of reasons) {
    test(`${what} is told, and the chain goes on`, async () => {
      assert.match(await noCredentials(environment()), reason);
      const further = { AWS_EC2_METADATA_DISABLED: 'false', AWS_EC2_METADATA_SERVICE_ENDPOINT: instance.url };
      assert.equal(await signer(environment(), further), keys.instance.id);
    });
  }
});

describe('credentials that AWS refuses stop with 77:', () => {
  const { id, secret, sessionToken } = keys.environment;
  const rows: readonly (readonly [what: string, key: AccessKey, failure: string])[] = [
    [
      'a key that is unknown',
      { id: 'AKIAUNKNOWN', secret },
      '77 AWS does not know the access key (credentials from: environment) | check the key, its session token, and that it belongs to this partition and account',
    ],
    [
      'a temporary key without its token',
      { id, secret },
      '77 AWS does not know the access key (credentials from: environment) | the key is a temporary one, which needs its AWS_SESSION_TOKEN too',
    ],
    [
      'a wrong secret key, although AWS repeats the token',
      { id, secret: 'wrong', sessionToken: sessionToken ?? '' },
      '77 AWS refused the signature of the request (credentials from: environment) | check the secret access key (a stray space or line break?) and the clock of this machine',
    ],
    [
      'a key that has expired',
      { id: 'ASIAOLD', secret, sessionToken: 'old' },
      '77 the AWS credentials have expired (credentials from: environment) | give new ones; a role of the container (ECS, EKS, EC2) renews them by itself',
    ],
  ];
  for (const [what, key, failure] of rows) {
    test(what, async () => {
      emulator.addKey({ id: 'ASIAOLD', secret, sessionToken: 'old', expires: new Date(0) });
      assert.equal(await noCredentials(keysOf(key)), failure);
    });
  }

  test("a signature for another region than the endpoint's", async () => {
    const failure =
      '77 AWS refused the signature of the request (credentials from: environment) | the endpoint is of another region than eu-west-1, which is from the vault option region';
    const environment = { ...keysOf(keys.environment), KONG_VAULT_AWS_REGION: 'eu-west-1' };
    assert.equal(await noCredentials(environment), failure);
  });

  test('a role that may not be assumed', async (t) => {
    const message = `User: arn:aws:iam::123456789012:user/kong is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/kong`;
    const closed = await startSts({
      keys: [keys.environment],
      issued: keys.role,
      refusal: { name: 'AccessDenied', message },
    });
    t.after(() => closed.close());
    const role = {
      KONG_VAULT_AWS_ASSUME_ROLE_ARN: 'arn:aws:iam::123456789012:role/kong',
      KONG_VAULT_AWS_STS_ENDPOINT_URL: closed.url,
    };
    assert.equal(
      await noCredentials({ ...keysOf(keys.environment), ...role }),
      '77 arn:aws:iam::123456789012:user/kong may not call sts:AssumeRole on role arn:aws:iam::123456789012:role/kong | allow sts:AssumeRole on arn:aws:iam::123456789012:role/kong to it',
    );
  });
});
