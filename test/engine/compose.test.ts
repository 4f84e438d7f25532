import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { DEFAULT_KNOBS, tableMigration } from '../world/stand-in-kong/stand-in-kong.ts';
import { provideComposeImages } from './compose-images.ts';
import { type Engine, openEngine } from './engine.ts';
import { REFERENCES } from './how-to.ts';
import { type Stack, type StackOptions, startStack } from './stack.ts';
import { buildFromFolder, KONG_IMAGE, provideBaseImages } from './stand-in-images.ts';
import { ROOT } from './test-image.ts';

/** The password that compose.yaml has, and the one that it is changed to. */
const PASSWORD = 'KongFTW';
const CHANGED = 'changed-by-a-rotation';
const OPEN_SOURCE = '{vault://env/kong-entrypoint-value-pg-user}';

const EXAMPLES = {
  oneService: 'examples/compose/one-service.yaml',
  replicas: 'examples/compose/migrations-and-replicas.yaml',
  provisioning: 'examples/compose/provisioning.yaml',
  twoRoles: 'examples/compose/two-roles.yaml',
} as const;
const ENTERPRISE = { KONG_ENTRYPOINT_HANDOVER: 'references', KONG_LICENSE_DATA: '{"license":{}}' };
const NEXT_VERSION = '3.15.0.0';

type Inspected = {
  readonly Name: string;
  readonly Config: { readonly Env: readonly string[]; readonly Healthcheck?: { readonly Test: readonly string[] } };
  readonly HostConfig: {
    readonly Init?: boolean;
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

type Told = { readonly version: string; readonly configuration: Readonly<Record<string, string>> };

/** What Kong tells of itself over its Admin API. */
async function told(stack: Stack, index = 1): Promise<Told> {
  const answer = await fetch(`http://${await stack.address('kong', 8001, index)}/`);
  assert.equal(answer.status, 200);
  return (await answer.json()) as Told;
}

function toldByReplicas(stack: Stack): Promise<readonly Told[]> {
  return Promise.all([1, 2, 3].map((index) => told(stack, index)));
}

/** The image of a newer Kong, which has one migration more. */
async function makeNextKong(): Promise<string> {
  const name = 'kong-entrypoint-test-next-kong';
  const folder = join(engine.folder, name);
  const migrations = [...DEFAULT_KNOBS.migrations, tableMigration('core', '024_next', true)];
  const knobs = { edition: 'enterprise', version: NEXT_VERSION, migrations };
  await mkdir(join(folder, 'usr/local'), { recursive: true });
  await writeFile(join(folder, 'usr/local/stand-in.json'), JSON.stringify(knobs), { mode: 0o644 });
  await buildFromFolder(engine, { name, folder, instructions: [], base: KONG_IMAGE });
  cleanUp.push(() => engine.run('image', 'rm', name));
  return name;
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

/** It is healthy only when Kong says that it is ready, and something else is PID 1. */
async function assertAsksForReady(stack: Stack): Promise<void> {
  const [kong] = await inspect(await stack.containers('kong'));
  assert.match(kong?.Config.Healthcheck?.Test.join(' ') ?? '', /\/status\/ready/);
  assert.equal(kong?.HostConfig.Init, true);
  assert.match(await stack.compose('exec', 'kong', 'cat', '/proc/1/cmdline'), /docker-init/);
}

async function assertKongHoldsNo(stack: Stack, word: string): Promise<void> {
  const [kong] = await inspect(await stack.containers('kong'));
  assert.ok(!JSON.stringify(kong).includes(word), `docker inspect tells ${word}`);
  assert.ok(!(await stack.compose('logs', 'kong')).includes(word), `docker compose logs tells ${word}`);
}

/** As an administrator would, in both places. */
async function changePassword(stack: Stack): Promise<void> {
  const statement = `ALTER ROLE kong PASSWORD '${CHANGED}'`;
  await stack.compose('exec', 'database', 'psql', '--username', 'kong', '--command', statement);
  const value = JSON.stringify({ pg_user: 'kong', pg_password: CHANGED });
  const script = `aws secretsmanager put-secret-value --secret-id kong-gateway-database --secret-string '${value}'`;
  await stack.compose('run', '--rm', '--no-deps', 'secret', script);
}

describe('docker compose up', { concurrency: 2 }, () => {
  test('ends with open-source Kong, hardened, and again after the secret has changed', () =>
    withStack({ name: 'all-of-kong', files: ['compose.yaml'] }, async (stack) => {
      assert.equal((await told(stack)).configuration['pg_user'], OPEN_SOURCE);
      await assertHardened(stack);
      await assertAsksForReady(stack);
      await assertKongHoldsNo(stack, PASSWORD);

      await changePassword(stack);
      await stack.compose('restart', 'kong');
      await stack.compose('up', '--wait');
      assert.equal((await told(stack)).configuration['pg_user'], OPEN_SOURCE);
      const environment = await stack.compose(
        'exec',
        'kong',
        'sh',
        '-c',
        'cat /proc/$(cat $KONG_PREFIX/pids/nginx.pid)/environ',
      );
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
        assert.equal((await told(stack)).configuration['pg_user'], REFERENCES.KONG_PG_USER);
        await assertKongHoldsNo(stack, PASSWORD);
      },
    ));

  test('one service migrates and starts, as many of it at once as one likes', () =>
    withStack({ name: 'one-service', files: [EXAMPLES.oneService], scale: 2 }, async (stack) => {
      for (const index of [1, 2]) assert.equal((await told(stack, index)).configuration['pg_user'], OPEN_SOURCE);
      const ports = await Promise.all([1, 2].map((index) => stack.address('kong', 8000, index)));
      assert.equal(new Set(ports).size, 2);
      for (const address of ports) assert.match(address, /^127\.0\.0\.1:800\d$/);
      const log = await stack.compose('logs', 'kong');
      assert.equal(log.match(/the schema is empty: bootstrapping/g)?.length, 1);
      await assertHardened(stack);
    }));

  test('a one-shot migrates for three replicas of Enterprise, which wait, keep the references, and are upgraded', () =>
    withStack(
      {
        name: 'replicas',
        files: [EXAMPLES.replicas],
        migrations: true,
        variables: { ...ENTERPRISE, KONG_IMAGE },
      },
      async (stack) => {
        for (const { configuration } of await toldByReplicas(stack)) {
          assert.equal(configuration['pg_user'], REFERENCES.KONG_PG_USER);
        }
        assert.match(await stack.compose('logs', 'migrations'), /the schema is empty: bootstrapping/);
        assert.doesNotMatch(await stack.compose('logs', 'kong'), /bootstrapping|executed/);
        await assertHardened(stack);

        const next = await makeNextKong();
        await stack.setVariables({ ...ENTERPRISE, KONG_IMAGE: next });
        await stack.compose('build');
        await stack.compose('run', '--rm', 'migrations', 'kong', 'migrations', 'up');
        await stack.compose('up', '--wait', '--no-deps', 'kong');
        for (const { version } of await toldByReplicas(stack)) assert.equal(version, NEXT_VERSION);
        await stack.compose('run', '--rm', 'migrations', 'kong', 'migrations', 'finish');
      },
    ));

  test('a one-shot with an admin’s credentials creates role and database, and Kong is given none of them', () =>
    withStack({ name: 'provisioning', files: [EXAMPLES.provisioning], migrations: true }, async (stack) => {
      assert.equal((await told(stack)).configuration['pg_user'], OPEN_SOURCE);
      assert.match(await stack.compose('logs', 'migrations'), /role kong and database kong created/);
      await assertKongHoldsNo(stack, 'database-admin');
      await assertHardened(stack);
    }));
});

describe('docker compose up with two roles', () => {
  test('migrates as one, and Kong cannot change its schema as the other', () =>
    withStack({ name: 'two-roles', files: [EXAMPLES.twoRoles], migrations: true }, async (stack) => {
      assert.equal((await told(stack)).configuration['pg_user'], OPEN_SOURCE);
      const log = await stack.compose('logs', 'migrations');
      assert.match(log, /role kong_migrator and role kong and database kong created/);
      assert.match(log, /role kong was granted the use of \d+ tables/);
      await assertKongHoldsNo(stack, 'kong-gateway-migrator');
      await assertKongHoldsNo(stack, 'database-admin');
      const [host, port] = (await stack.address('database', 5432)).split(':');
      const client = new pg.Client({ host, port: Number(port), user: 'kong', password: PASSWORD, database: 'kong' });
      await client.connect();
      await client.query('SELECT * FROM schema_meta');
      await assert.rejects(client.query('DROP TABLE schema_meta'), { code: '42501' });
      await client.end();
      await assertHardened(stack);
    }));
});

test('the file for Enterprise asks for a licence', async () => {
  const files = ['compose.yaml', 'compose.enterprise.yaml'].flatMap((file) => ['--file', join(ROOT, file)]);
  const { status, stderr } = await engine.run('compose', '--env-file', '/dev/null', ...files, 'config');
  assert.notEqual(status, 0);
  assert.match(stderr, /KONG_LICENSE_DATA.*put the text of the licence/);
});

test('every example is one that is run here', async () => {
  const names = await readdir(join(ROOT, 'examples/compose'));
  const run = Object.values(EXAMPLES).map((path) => basename(path));
  assert.deepEqual(names.toSorted(), ['README.md', ...run].toSorted());
});

test('every Kong of an example can be scaled, asks for its own readiness, and has an init process', async () => {
  for (const file of Object.values(EXAMPLES)) {
    const { services } = JSON.parse(
      await engine.docker('compose', '--file', join(ROOT, file), 'config', '--format=json'),
    ) as { readonly services: Readonly<Record<string, Service>> };
    const { ports = [], init, healthcheck, environment } = services['kong'] ?? {};
    assert.deepEqual(
      ports.map(({ published }) => published),
      ['8000-8009'],
      file,
    );
    assert.equal(init, true, file);
    assert.match(healthcheck?.test?.join(' ') ?? '', /127\.0\.0\.1\/8100;.*GET \/status\/ready/, file);
    assert.equal(environment?.['KONG_STATUS_LISTEN'], '127.0.0.1:8100', file);
  }
});

type Service = {
  readonly ports?: readonly { readonly published?: string }[];
  readonly init?: boolean;
  readonly healthcheck?: { readonly test?: readonly string[] };
  readonly environment?: Readonly<Record<string, string>>;
};

test('every port in a compose file is one of loopback', async () => {
  for (const file of ['compose.yaml', ...Object.values(EXAMPLES)]) {
    const { services } = JSON.parse(
      await engine.docker('compose', '--file', join(ROOT, file), 'config', '--format=json'),
    ) as { readonly services: Readonly<Record<string, { readonly ports?: readonly { readonly host_ip?: string }[] }>> };
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);
    assert.ok(ports.length > 0, file);
    for (const { host_ip } of ports) assert.equal(host_ip, '127.0.0.1', file);
  }
});
