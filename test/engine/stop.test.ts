import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Fault } from '../world/stand-in-kong/stand-in-kong.ts';
import { adminApiAnswers, type Container, type ContainerOptions, until, withContainer } from './container.ts';
import { type Engine, openEngine } from './engine.ts';
import { createHowTo, type HowTo } from './how-to.ts';
import { provideBaseImages } from './stand-in-images.ts';
import { provideTestImage, TEST_IMAGE } from './test-image.ts';

/*
 * `docker stop` at ten moments of a start, by what is going on then. Kong's image asks for SIGQUIT. The start is native: the image's own
 * script does not heed a signal while it waits for `kong prepare`.
 */
const STOPPED = 128 + 3;
/** Docker gives 10 s before it kills. */
const IN_TIME = 5000;

type Environment = Readonly<Record<string, string>>;
type Fresh = { readonly environment: Environment; readonly adminUrl: string };

let engine: Engine;
let howTo: HowTo;
let containers = 0;
const cleanUp: (() => Promise<unknown>)[] = [];

before(async () => {
  engine = await openEngine();
  cleanUp.push(() => engine.close());
  cleanUp.push(await provideBaseImages(engine));
  cleanUp.push(await provideTestImage(engine));
  howTo = await createHowTo();
  cleanUp.push(() => howTo.close());
});
after(async () => {
  for (const undo of cleanUp.toReversed()) await undo();
});

/** Every second one runs as a user that the image does not know. */
function optionsFor(environment: Environment, faults: readonly Fault[] = []): ContainerOptions {
  containers += 1;
  const knobs = join(engine.folder, `stand-in-${containers}.json`);
  writeFileSync(knobs, JSON.stringify({ edition: 'enterprise', version: '3.14.0.0', lockSeconds: 1, faults }));
  const options: ContainerOptions = {
    image: TEST_IMAGE,
    environment: { ...environment, KONG_ENTRYPOINT_START: 'native', KONG_ENTRYPOINT_LOG_LEVEL: 'debug' },
    memory: '128m',
    files: { '/usr/local/stand-in.json': knobs },
  };
  return containers % 2 === 0 ? options : { ...options, user: { uid: 54_321, gid: 0 } };
}

function logTells(container: Container, pattern: RegExp): Promise<void> {
  return until(container, async () => pattern.test(await container.logs()));
}

async function assertStops(container: Container, expected: number): Promise<void> {
  const { exitCode, milliseconds } = await container.stop();
  assert.equal(exitCode, expected, await container.logs());
  assert.ok(milliseconds < IN_TIME, `${milliseconds} ms`);
}

/** Whatever the stop left behind, the next start ends with Kong, which stops in time too. */
function assertNextStartServes({ environment, adminUrl }: Fresh): Promise<void> {
  return withContainer(engine, optionsFor(environment), async (container) => {
    await until(container, () => adminApiAnswers(adminUrl));
    await assertStops(container, 0);
  });
}

/** Starts with these faults, stops once the log tells that, and starts again without. */
async function stopAndMend(fresh: Fresh, faults: readonly Fault[], pattern: RegExp): Promise<void> {
  await withContainer(engine, optionsFor(fresh.environment, faults), async (container) => {
    await logTells(container, pattern);
    await assertStops(container, STOPPED);
  });
  await assertNextStartServes(fresh);
}

describe('docker stop ends a start in time, with the signal’s status, and the next start serves', {
  concurrency: 3,
}, () => {
  test('while a vault keeps silent', async () => {
    const fresh = await howTo.fresh();
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const asked = once(silent, 'connection');
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const environment = { ...fresh.environment, KONG_VAULT_AWS_ENDPOINT_URL: url };
    await withContainer(engine, optionsFor(environment), async (container) => {
      const [socket] = await asked;
      await assertStops(container, STOPPED);
      socket.destroy();
    });
    silent.close();
    await assertNextStartServes(fresh);
  });

  test('while it waits for the database', async () => {
    const fresh = await howTo.fresh();
    const environment = { ...fresh.environment, KONG_PG_PORT: '1' };
    await withContainer(engine, optionsFor(environment), async (container) => {
      await logTells(container, /waiting for PostgreSQL/);
      await assertStops(container, STOPPED);
    });
    await assertNextStartServes(fresh);
  });

  test('while Kong is asked for the state of the schema', async () => {
    const fresh = await howTo.fresh();
    await assertNextStartServes(fresh);
    const environment = { ...fresh.environment, KONG_ENTRYPOINT_FAST_PATH: 'off' };
    const hangs: Fault[] = [{ kind: 'hang', on: 'migrations status' }];
    await stopAndMend({ ...fresh, environment }, hangs, /running kong migrations status/);
  });

  test('while the bootstrap has begun and done nothing', async () =>
    stopAndMend(
      await howTo.fresh(),
      [{ kind: 'hang', on: 'migrations bootstrap' }],
      /running kong migrations bootstrap/,
    ));

  for (const [afterSteps, line] of [
    [1, /migrating core/],
    [4, /003_100_to_110 \(executed\)/],
    [8, /migrating acl/],
  ] as const) {
    test(`after ${afterSteps} steps of the bootstrap`, async () =>
      stopAndMend(await howTo.fresh(), [{ kind: 'hang', on: 'migrations bootstrap', afterSteps }], line));
  }

  test('while another one migrates', async () => {
    const fresh = await howTo.fresh();
    const hangs: Fault[] = [{ kind: 'hang', on: 'migrations bootstrap' }];
    await withContainer(engine, optionsFor(fresh.environment, hangs), async (migrating) => {
      await logTells(migrating, /running kong migrations bootstrap/);
      await withContainer(engine, optionsFor(fresh.environment), async (waiting) => {
        await logTells(waiting, /waiting for the lock/);
        await assertStops(waiting, STOPPED);
      });
      await assertStops(migrating, STOPPED);
    });
    await assertNextStartServes(fresh);
  });

  test('while kong prepare runs', async () =>
    stopAndMend(await howTo.fresh(), [{ kind: 'hang', on: 'prepare' }], /schema ready/));

  test('once Kong serves, which ends it with status 0', async () => {
    const fresh = await howTo.fresh();
    await assertNextStartServes(fresh);
    await assertNextStartServes(fresh);
  });
});
