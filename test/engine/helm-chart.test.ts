import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import { type ChartContainer, FULL_NAME, renderKongChart } from '../integration/examples/kong-chart.ts';
import { freePort } from '../world/free-port.ts';
import { DEFAULT_KNOBS, tableMigration } from '../world/stand-in-kong/stand-in-kong.ts';
import {
  adminApiAnswers,
  type Container,
  type ContainerOptions,
  startContainer,
  until,
  withContainer,
} from './container.ts';
import { type Engine, openEngine } from './engine.ts';
import { createHowTo, type HowTo } from './how-to.ts';
import { provideBaseImages } from './stand-in-images.ts';
import { provideTestImage, ROOT, TEST_IMAGE } from './test-image.ts';

/*
 * The containers of Kong's chart with our values, its jobs among them, by Docker: as many as a cluster would run, in the order of Helm.
 */
type Variables = Readonly<Record<string, string>>;
type Pod = { readonly container: Container; readonly adminUrl: string };

let engine: Engine;
let howTo: HowTo;
const cleanUp: (() => Promise<unknown>)[] = [];
const { jobs, proxy } = renderKongChart(
  parse(readFileSync(join(ROOT, 'examples/kubernetes/helm-values.yaml'), 'utf8')),
);

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

/** A newer Kong has one migration more. */
function writeKong(version: string, isNewer: boolean): string {
  const file = join(engine.folder, `kong-${version}.json`);
  const migrations = [...DEFAULT_KNOBS.migrations, ...(isNewer ? [tableMigration('core', '024_next', true)] : [])];
  writeFileSync(file, JSON.stringify({ edition: 'enterprise', version, migrations }));
  return file;
}

/** What the chart says, but for what stands for the database, the vault, and the network that all of them share here. */
function optionsFor({ args, environment }: ChartContainer, given: Variables, kong: string): ContainerOptions {
  const { KONG_PREFIX: _mounted, KONG_PG_SSL: _tls, KONG_PG_SSL_REQUIRED: _required, ...ofChart } = environment;
  return {
    image: TEST_IMAGE,
    environment: { ...ofChart, ...given, KONG_STATUS_LISTEN: 'off' },
    files: { '/usr/local/stand-in.json': kong },
    ...(args === undefined ? {} : { command: args }),
  };
}

async function runJob(name: string, given: Variables, kong: string): Promise<void> {
  const job = jobs[`${FULL_NAME}-${name}`];
  assert.ok(job !== undefined);
  await withContainer(engine, optionsFor(job, given, kong), async (container) => {
    assert.equal(await container.exitCode(), 0, await container.logs());
  });
}

async function startPods(given: Variables, kong: string): Promise<readonly Pod[]> {
  return Promise.all(
    [1, 2].map(async () => {
      const listen = `127.0.0.1:${await freePort()}`;
      const options = optionsFor(proxy, { ...given, KONG_ADMIN_LISTEN: listen }, kong);
      return { container: await startContainer(engine, options), adminUrl: `http://${listen}/` };
    }),
  );
}

async function untilReady(pods: readonly Pod[]): Promise<void> {
  for (const { container, adminUrl } of pods) await until(container, () => adminApiAnswers(adminUrl));
}

async function removeAll(pods: readonly Pod[]): Promise<void> {
  for (const { container } of pods) await container.remove();
}

test('the pods of the chart wait for its job, and are upgraded between the two others', async () => {
  const { environment } = await howTo.fresh();
  const [older, newer] = [writeKong('3.14.0.0', false), writeKong('3.15.0.0', true)];
  const pods = await startPods(environment, older);
  const newPods: Pod[] = [];
  try {
    for (const { container } of pods) await until(container, async () => /waiting/i.test(await container.logs()));
    await runJob('init-migrations', environment, older);
    await untilReady(pods);
    for (const { container } of pods) assert.doesNotMatch(await container.logs(), /bootstrapping/);

    await runJob('pre-upgrade-migrations', environment, newer);
    newPods.push(...(await startPods(environment, newer)));
    await untilReady(newPods);
    for (const { adminUrl } of pods) assert.ok(await adminApiAnswers(adminUrl), 'the old ones serve meanwhile');
    for (const { container } of pods) assert.equal((await container.stop()).exitCode, 0);
    await runJob('post-upgrade-migrations', environment, newer);
    for (const { adminUrl } of newPods) assert.ok(await adminApiAnswers(adminUrl));
  } finally {
    await removeAll([...pods, ...newPods]);
  }
});
