import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { adminApiAnswers, type Container, type ContainerOptions, until, withContainer } from './container.ts';
import { type Engine, openEngine } from './engine.ts';
import { createHowTo, type HowTo, REFERENCES } from './how-to.ts';
import { ENTRY_SCRIPT, KONG_IMAGE, makeImageWithoutShell, provideBaseImages } from './stand-in-images.ts';
import { provideTestImage, ROOT, TEST_IMAGE } from './test-image.ts';

const IMAGE_WITHOUT_SHELL = 'kong-entrypoint-test-without-shell';
const PROGRAM = '/usr/local/bin/kong-entrypoint';
/** What Docker gives a container before it kills it. */
const GRACE = 10_000;

type Image = {
  readonly Config: Readonly<Record<'Entrypoint' | 'Cmd' | 'User' | 'StopSignal' | 'Healthcheck' | 'Env', unknown>> & {
    readonly ExposedPorts: unknown;
    readonly Labels: Readonly<Record<string, string>>;
  };
  readonly Size: number;
  readonly RootFS: { readonly Layers: readonly string[] };
};

let engine: Engine;
let howTo: HowTo;
const cleanUp: (() => Promise<unknown>)[] = [];

before(async () => {
  engine = await openEngine();
  cleanUp.push(() => engine.close());
  cleanUp.push(await provideBaseImages(engine));
  howTo = await createHowTo();
  cleanUp.push(() => howTo.close());
  cleanUp.push(await provideTestImage(engine));
});
after(async () => {
  for (const undo of cleanUp.toReversed()) await undo();
});

async function inspectImage(name: string): Promise<Image> {
  const [image]: Image[] = JSON.parse(await engine.docker('image', 'inspect', name));
  assert.ok(image !== undefined);
  return image;
}

/** Runs the body beside a container of the image under test. */
function withImage(
  options: Partial<ContainerOptions> & Pick<ContainerOptions, 'environment'>,
  body: (container: Container) => Promise<void>,
): Promise<void> {
  return withContainer(engine, { image: TEST_IMAGE, ...options }, body);
}

/** Where anybody may look who may use the engine, and where Kong itself looks. */
async function assertPasswordIsNowhere(container: Container): Promise<void> {
  const places = { inspect: await container.inspect(), logs: await container.logs() };
  for (const [place, text] of Object.entries(places)) {
    assert.ok(!text.includes(howTo.password), `the password is in docker ${place}`);
  }
}

/** Kong is the first process and, besides the engine's health check, the only one, and has the references as they were given. */
async function assertKongIsAlone(container: Container): Promise<void> {
  const listed = (await engine.docker('top', container.id, '-o', 'pid,args')).split('\n').slice(1);
  const processes = listed.filter((line) => !line.includes('kong-health'));
  assert.equal(processes.length, 1, processes.join('\n'));
  assert.match(await container.exec('cat', '/proc/1/cmdline'), /nginx/);
  const environment = (await container.exec('cat', '/proc/1/environ')).split('\0');
  for (const [name, reference] of Object.entries(REFERENCES)) assert.ok(environment.includes(`${name}=${reference}`));
  assert.ok(!environment.join('\n').includes(howTo.password));
}

async function assertServesAndStops(options: Omit<ContainerOptions, 'image' | 'environment'>): Promise<void> {
  const { environment, adminUrl } = await howTo.fresh();
  await withImage({ environment, ...options }, async (container) => {
    await until(container, () => adminApiAnswers(adminUrl));
    await assertKongIsAlone(container);
    await assertPasswordIsNowhere(container);
    const { exitCode, milliseconds } = await container.stop();
    assert.equal(exitCode, 0, await container.logs());
    assert.ok(milliseconds < GRACE, `${milliseconds} ms`);
    await assertPasswordIsNowhere(container);
  });
}

test('the image keeps what Kong’s image says, adds one layer, and repeats the command', async () => {
  const [{ Config: base, RootFS: baseRoot, Size: baseSize }, { Config: own, RootFS: ownRoot, Size: size }] =
    await Promise.all([inspectImage(KONG_IMAGE), inspectImage(TEST_IMAGE)]);
  assert.deepEqual(own.Entrypoint, [PROGRAM]);
  assert.deepEqual(own.Cmd, ['kong', 'docker-start']);
  for (const name of ['User', 'StopSignal', 'Healthcheck', 'ExposedPorts', 'Env'] as const) {
    assert.deepEqual(own[name], base[name], name);
  }
  assert.equal(own.Labels['org.opencontainers.image.title'], 'kong-entrypoint');
  assert.deepEqual(ownRoot.Layers.slice(0, -1), baseRoot.Layers);
  const [added, most] = [size - baseSize, 140_000_000];
  assert.ok(added > 0 && added < most, `${added} bytes are added`);
  const told = await engine.docker('run', '--rm', '--network=none', '--entrypoint=stat', TEST_IMAGE, '-c%s', PROGRAM);
  assert.equal(added, Number(told));
});

test('as the ENTRYPOINT it ends as Kong, which serves, and stops in time', () => assertServesAndStops({}));

test('as the command under the image’s own ENTRYPOINT it does the same', () =>
  assertServesAndStops({ entrypoint: ENTRY_SCRIPT, command: ['kong-entrypoint', 'kong', 'docker-start'] }));

test('in 128 MiB of memory it does the same', () => assertServesAndStops({ memory: '128m' }));

test('as any other user of group 0 it does the same', () => assertServesAndStops({ user: { uid: 54_321, gid: 0 } }));

test('Kong’s own health check passes behind it', async () => {
  const { environment } = await howTo.fresh();
  await withImage({ environment }, (container) =>
    until(container, async () => /"Status": "healthy"/.test(await container.inspect())),
  );
});

test('as a one-shot it bootstraps, and ends', async () => {
  const { environment } = await howTo.fresh();
  const command = ['kong', 'migrations', 'bootstrap'];
  for (const _time of ['first', 'second']) {
    await withImage({ environment, command }, async (container) => {
      assert.equal(await container.exitCode(), 0, await container.logs());
      await assertPasswordIsNowhere(container);
    });
  }
  const database = environment['KONG_PG_DATABASE'] ?? '';
  const rows = await howTo.postgresql.query('SELECT 1 FROM schema_meta', { database });
  assert.ok(rows.length > 0);
});

test('an image without a shell builds too, and Kong migrates, serves and stops in it, started natively', async () => {
  const base = `${IMAGE_WITHOUT_SHELL}-base`;
  const node = await makeImageWithoutShell(engine, base);
  cleanUp.push(() => engine.run('image', 'rm', base, IMAGE_WITHOUT_SHELL));
  const words = ['--build-arg', `KONG_IMAGE=${base}`, '--tag', IMAGE_WITHOUT_SHELL];
  await engine.docker('build', '--network=host', ...words, ROOT);
  const { environment, adminUrl } = await howTo.fresh();
  await withImage({ image: IMAGE_WITHOUT_SHELL, environment }, async (container) => {
    await until(container, () => adminApiAnswers(adminUrl));
    const look = (script: string): Promise<string> => container.exec(node, '--print', script);
    assert.equal(await look("['/bin/sh', '/bin/bash', '/entrypoint.sh'].filter(fs.existsSync).length"), '0');
    assert.match(await look("fs.readFileSync('/proc/1/cmdline', 'latin1')"), /nginx\0-p\0\/run\/kong\0-c\0nginx/);
    const given = await look("fs.readFileSync('/proc/1/environ', 'latin1')");
    for (const [name, reference] of Object.entries(REFERENCES)) assert.ok(given.includes(`${name}=${reference}\0`));
    assert.equal(await look("fs.readlinkSync('/run/kong/logs/access.log')"), '/dev/stdout');
    const { exitCode, milliseconds } = await container.stop();
    assert.equal(exitCode, 0, await container.logs());
    assert.ok(milliseconds < GRACE, `${milliseconds} ms`);
    assert.match(await container.logs(), /handing over to \/usr\/local\/openresty\/nginx\/sbin\/nginx -p/);
    await assertPasswordIsNowhere(container);
  });
});
