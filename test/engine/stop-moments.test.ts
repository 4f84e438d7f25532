import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ContainerOptions, withContainer } from './container.ts';
import { type Engine, openEngine } from './engine.ts';
import { createHowTo, type HowTo } from './how-to.ts';
import { provideBaseImages } from './stand-in-images.ts';
import { provideTestImage, ROOT, TEST_IMAGE } from './test-image.ts';

/*
 * A start of about five seconds, as that of a real Kong, stopped at six moments of it: by the image's script and natively, with an init
 * process and without. UPDATE_STOPS=1 writes the table into docs/stops.md.
 */
const MOMENTS = [0, 0.2, 0.6, 1, 2, 4];
const GRACE = 4;
const WAYS = [
  { name: "the image's script", start: 'image', init: false },
  { name: "the image's script, an init process", start: 'image', init: true },
  { name: 'native', start: 'native', init: false },
  { name: 'native, an init process', start: 'native', init: true },
] as const;
const PAGE = join(ROOT, 'docs/stops.md');
const TABLE = /(?<=<!-- measured: stops -->\n\n).*?(?=\n\n<!-- end: stops -->)/s;

let engine: Engine;
let howTo: HowTo;
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

/** Kong prepares for two seconds, and its nginx initialises for two more. */
async function optionsFor({ start, init }: (typeof WAYS)[number]): Promise<ContainerOptions> {
  const knobs = join(engine.folder, 'slow.json');
  const faults = ['prepare', 'nginx'].map((on) => ({ kind: 'pause', on, seconds: 2 }));
  writeFileSync(knobs, JSON.stringify({ edition: 'enterprise', version: '3.14.0.0', faults }));
  const { environment } = await howTo.fresh();
  return {
    image: TEST_IMAGE,
    environment: { ...environment, KONG_ENTRYPOINT_START: start },
    files: { '/usr/local/stand-in.json': knobs },
    init,
  };
}

/** What came of a stop: that it ended, or that the engine killed it in the end. */
async function stopAt(moment: number, options: ContainerOptions): Promise<string> {
  let came = '';
  await withContainer(engine, options, async (container) => {
    await sleep(moment * 1000);
    const { exitCode, milliseconds } = await container.stop(GRACE);
    came = exitCode === 128 + 9 && milliseconds > GRACE * 1000 ? 'lost (137)' : 'ends';
  });
  return came;
}

test('a stop ends a native start with an init process at every moment, and without one not', async () => {
  const rows: string[][] = [];
  for (const way of WAYS) {
    const options = await Promise.all(MOMENTS.map(() => optionsFor(way)));
    const cells: string[] = [];
    for (const [index, moment] of MOMENTS.entries())
      cells.push(await stopAt(moment, options[index] ?? (await optionsFor(way))));
    rows.push([way.name, ...cells]);
  }
  const head = ['', ...MOMENTS.map((moment) => `${moment} s`)];
  const table = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  process.stdout.write(`${table}\n`);
  if (process.env['UPDATE_STOPS']) writeFileSync(PAGE, readFileSync(PAGE, 'utf8').replace(TABLE, table));
  assert.deepEqual(
    rows.at(-1)?.slice(1),
    MOMENTS.map(() => 'ends'),
  );
  assert.ok(rows[0]?.includes('lost (137)'));
  assert.match(readFileSync(PAGE, 'utf8'), /^\| native, an init process( \| ends){6} \|$/m);
});
