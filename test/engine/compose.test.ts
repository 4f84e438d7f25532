import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { provideComposeImages } from './compose-images.ts';
import { type Engine, openEngine } from './engine.ts';
import { REFERENCES } from './how-to.ts';
import { type Stack, type StackOptions, startStack } from './stack.ts';
import { provideBaseImages } from './stand-in-images.ts';
import { ROOT } from './test-image.ts';

/** The password that compose.yaml has, and the one that it is changed to. */
const PASSWORD = 'KongFTW';
const CHANGED = 'changed-by-a-rotation';
const OPEN_SOURCE = '{vault://env/kong-entrypoint-value-pg-user}';

type Inspected = {
  readonly Name: string;
  readonly Config: { readonly Env: readonly string[] };
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean;
    readonly CapDrop: readonly string[];
    readonly SecurityOpt: readonly string[];
  };
  readonly NetworkSettings: { readonly Ports: Readonly<Record<string, readonly { readonly HostIp: string }[] | null>> };
};

let engine: Engine;
const cleanUp: (() => Promise<unknown>)[] = [];

before(async () => {
  engine = await openEngine();
  cleanUp.push(() => engine.close());
  cleanUp.push(await provideBaseImages(engine));
  cleanUp.push(await provideComposeImages(engine));
});
after(async () => {
  for (const undo of cleanUp.toReversed()) await undo();
});

async function withStack(options: StackOptions, body: (stack: Stack) => Promise<void>): Promise<void> {
  const stack = await startStack(engine, options);
  let isGone = false;
  try {
    await body(stack);
    isGone = true;
    await stack.down();
  } finally {
    if (!isGone) await stack.compose('down', '--volumes', '--timeout=1');
  }
}

async function inspect(ids: readonly string[]): Promise<readonly Inspected[]> {
  return JSON.parse(await engine.docker('inspect', ...ids));
}

/** The settings that Kong tells over its Admin API. */
async function configuration(stack: Stack, index = 1): Promise<Readonly<Record<string, string>>> {
  const answer = await fetch(`http://${await stack.address('kong', 8001, index)}/`);
  assert.equal(answer.status, 200);
  const told = (await answer.json()) as { readonly configuration: Readonly<Record<string, string>> };
  return told.configuration;
}

async function assertHardened(stack: Stack): Promise<void> {
  for (const { Name, HostConfig, NetworkSettings } of await inspect(await stack.containers())) {
    assert.ok(HostConfig.ReadonlyRootfs, Name);
    assert.deepEqual(HostConfig.CapDrop, ['ALL'], Name);
    assert.match(HostConfig.SecurityOpt.join(), /no-new-privileges/, Name);
    const addresses = Object.values(NetworkSettings.Ports).flatMap((published) => published ?? []);
    for (const { HostIp } of addresses) assert.equal(HostIp, '127.0.0.1', Name);
  }
}

async function assertKongHoldsNo(stack: Stack, word: string): Promise<void> {
  const [kong] = await inspect(await stack.containers('kong'));
  assert.ok(!JSON.stringify(kong).includes(word), `docker inspect tells ${word}`);
  assert.ok(!(await stack.compose('logs', 'kong')).includes(word), `docker compose logs tells ${word}`);
}

/** As an administrator would, in both places. */
async function changePassword(stack: Stack): Promise<void> {
  const [host, port] = (await stack.address('database', 5432)).split(':');
  const client = new pg.Client({ host, port: Number(port), user: 'kong', password: PASSWORD, database: 'kong' });
  await client.connect();
  await client.query(`ALTER ROLE kong PASSWORD '${CHANGED}'`);
  await client.end();
  const value = JSON.stringify({ pg_user: 'kong', pg_password: CHANGED });
  const script = `aws secretsmanager put-secret-value --secret-id kong-gateway-database --secret-string '${value}'`;
  await stack.compose('run', '--rm', '--no-deps', 'secret', script);
}

describe('docker compose up', { concurrency: 2 }, () => {
  test('ends with open-source Kong, hardened, and again after the secret has changed', () =>
    withStack({ name: 'all-of-kong', files: ['compose.yaml'] }, async (stack) => {
      assert.equal((await configuration(stack))['pg_user'], OPEN_SOURCE);
      await assertHardened(stack);
      await assertKongHoldsNo(stack, PASSWORD);

      await changePassword(stack);
      await stack.compose('restart', 'kong');
      await stack.compose('up', '--wait');
      assert.equal((await configuration(stack))['pg_user'], OPEN_SOURCE);
      const environment = await stack.compose('exec', 'kong', 'cat', '/proc/1/environ');
      assert.ok(environment.includes(`KONG_ENTRYPOINT_VALUE_PG_PASSWORD=${CHANGED}\0`));
      await assertKongHoldsNo(stack, CHANGED);
    }));

  test('with the file for Enterprise and a licence ends with Kong Enterprise, its references intact', () =>
    withStack(
      {
        name: 'all-of-kong-enterprise',
        files: ['compose.yaml', 'compose.enterprise.yaml'],
        variables: { KONG_LICENSE_DATA: '{"license":{}}' },
      },
      async (stack) => {
        assert.equal((await configuration(stack))['pg_user'], REFERENCES.KONG_PG_USER);
        await assertKongHoldsNo(stack, PASSWORD);
      },
    ));

  test('one service migrates and starts', () =>
    withStack({ name: 'one-service', files: ['examples/compose/one-service.yaml'] }, async (stack) => {
      assert.equal((await configuration(stack))['pg_user'], OPEN_SOURCE);
      assert.match(await stack.compose('logs', 'kong'), /the schema is empty: bootstrapping/);
      await assertHardened(stack);
    }));

  test('a one-shot migrates for three replicas of Enterprise, which wait and keep the references', () =>
    withStack(
      {
        name: 'replicas',
        files: ['examples/compose/migrations-and-replicas.yaml'],
        migrations: true,
        variables: {
          KONG_IMAGE: 'kong/kong-gateway:3.14',
          KONG_ENTRYPOINT_HANDOVER: 'references',
          KONG_LICENSE_DATA: '{}',
        },
      },
      async (stack) => {
        const told = await Promise.all([1, 2, 3].map((index) => configuration(stack, index)));
        for (const settings of told) assert.equal(settings['pg_user'], REFERENCES.KONG_PG_USER);
        assert.match(await stack.compose('logs', 'migrations'), /the schema is empty: bootstrapping/);
        assert.doesNotMatch(await stack.compose('logs', 'kong'), /bootstrapping|executed/);
        await assertHardened(stack);
      },
    ));

  test('a one-shot with an admin’s credentials creates role and database, and Kong is given none of them', () =>
    withStack(
      { name: 'provisioning', files: ['examples/compose/provisioning.yaml'], migrations: true },
      async (stack) => {
        assert.equal((await configuration(stack))['pg_user'], OPEN_SOURCE);
        assert.match(await stack.compose('logs', 'migrations'), /role kong and database kong created/);
        await assertKongHoldsNo(stack, 'database-admin');
        await assertHardened(stack);
      },
    ));
});

test('the file for Enterprise asks for a licence', async () => {
  const files = ['compose.yaml', 'compose.enterprise.yaml'].flatMap((file) => ['--file', join(ROOT, file)]);
  const { status, stderr } = await engine.run('compose', '--env-file', '/dev/null', ...files, 'config');
  assert.notEqual(status, 0);
  assert.match(stderr, /KONG_LICENSE_DATA.*put the text of the licence/);
});

test('every port in a compose file is one of loopback', async () => {
  const examples = await readdir(join(ROOT, 'examples/compose'));
  const files = [
    'compose.yaml',
    ...examples.filter((name) => name.endsWith('.yaml')).map((name) => `examples/compose/${name}`),
  ];
  assert.ok(files.length > 3);
  for (const file of files) {
    const { services } = JSON.parse(
      await engine.docker('compose', '--file', join(ROOT, file), 'config', '--format=json'),
    ) as { readonly services: Readonly<Record<string, { readonly ports?: readonly { readonly host_ip?: string }[] }>> };
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);
    assert.ok(ports.length > 0, file);
    for (const { host_ip } of ports) assert.equal(host_ip, '127.0.0.1', file);
  }
});
