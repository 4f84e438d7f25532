import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readSymbolVersions } from '../../scripts/base-image/elf.ts';
import { baseImages } from './base-image-rows.ts';
import { type Engine, openEngine, type Result } from './engine.ts';
import { forgetSymbols, makeImageOfFile, makeLibcImage } from './libc-images.ts';
import { provideBaseImages } from './stand-in-images.ts';
import { provideTestImage, ROOT, TEST_IMAGE } from './test-image.ts';

const { version: VERSION } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const MUSL = process.arch === 'arm64' ? '/lib/ld-musl-aarch64.so.1' : '/lib/ld-musl-x86_64.so.1';
const PROGRAM = '/usr/local/bin/kong-entrypoint';

let engine: Engine;
const cleanUp: (() => Promise<unknown>)[] = [];

before(async () => {
  engine = await openEngine();
  cleanUp.push(() => engine.close());
  cleanUp.push(await provideBaseImages(engine));
  cleanUp.push(await provideTestImage(engine));
});
after(async () => {
  for (const undo of cleanUp.toReversed()) await undo();
});

/** What the Dockerfile says to this base; what it makes of it is called `<base>-built`. */
function build(base: string, ...words: readonly string[]): Promise<Result> {
  cleanUp.push(() => engine.run('image', 'rm', `${base}-built`, base));
  return engine.run(
    'build',
    '--network=host',
    '--build-arg',
    `KONG_IMAGE=${base}`,
    '--tag',
    `${base}-built`,
    ...words,
    ROOT,
  );
}

async function assertRefused(base: string, why: RegExp): Promise<void> {
  const { status, stderr } = await build(base);
  assert.notEqual(status, 0);
  assert.match(stderr, why);
  assert.match(stderr, /It needs glibc 2\.28 or later and libstdc\+\+: take an image of Kong on Debian/);
}

describe('a base image', { concurrency: 2 }, () => {
  for (const { suite, glibc, like } of baseImages) {
    test(`with glibc ${glibc}, ${like}, is one that the program runs in`, async () => {
      const base = `libc-of-${suite}`;
      await makeLibcImage(engine, { name: base, suite });
      const { status, stderr } = await build(base);
      assert.equal(status, 0, stderr);
      const told = await engine.docker('run', '--rm', '--network=none', `${base}-built`, '--version');
      assert.ok(told.includes(VERSION), told);
    });
  }

  test('with musl stops the build', async () => {
    await makeImageOfFile(engine, 'musl', MUSL);
    await assertRefused('musl', /the base image has musl in place of glibc, as Alpine does\./);
  });

  test('with no libc at all stops the build', async () => {
    await makeImageOfFile(engine, 'no-libc', '/etc/os-release');
    await assertRefused('no-libc', /the base image has no glibc: \/lib\S* is not there\./);
  });

  test('with a glibc that is too old stops the build', async () => {
    const change = (root: string): Promise<void> => forgetSymbols(root, 'GLIBC_2.28');
    await makeLibcImage(engine, { name: 'old-libc', suite: 'bullseye', change });
    await assertRefused('old-libc', /the base image has a libc\.so\.6 that is too old: it lacks GLIBC_2\.28\./);
  });

  test('for arm64 becomes an image for arm64, on a machine that cannot run it', async () => {
    await makeLibcImage(engine, { name: 'libc-for-arm64', suite: 'bookworm', architecture: 'arm64' });
    const { status, stderr } = await build('libc-for-arm64', '--platform=linux/arm64');
    assert.equal(status, 0, stderr);
    const built = 'libc-for-arm64-built';
    assert.equal(await engine.docker('image', 'inspect', '--format={{.Architecture}}', built), 'arm64');
    const container = await engine.docker('create', '--platform=linux/arm64', '--network=none', built);
    const copy = join(engine.folder, 'program-for-arm64');
    await engine.docker('cp', `${container}:${PROGRAM}`, copy);
    await engine.docker('rm', container);
    assert.equal(readSymbolVersions(readFileSync(copy))?.machine, 183);
  });
});

test('two lines take the program from a published image, and make the same of Kong’s', async () => {
  const [, written = ''] = /```dockerfile\n(.*?)```/s.exec(readFileSync(join(ROOT, 'docs/image.md'), 'utf8')) ?? [];
  const recipe = written.replace(/(?<=ghcr\.io\/)[\w-]+/, (owner) => owner.toLowerCase());
  const [, published = ''] = /--from=(\S+)/.exec(recipe) ?? [];
  await engine.docker('build', '--network=host', '--target=binary', '--tag', published, ROOT);
  cleanUp.push(() => engine.run('image', 'rm', published, 'by-recipe'));
  const folder = join(engine.folder, 'recipe');
  mkdirSync(folder);
  writeFileSync(join(folder, 'Dockerfile'), recipe);
  await engine.docker('build', '--network=none', '--tag', 'by-recipe', folder);
  const told = await engine.docker('run', '--rm', '--network=none', 'by-recipe', '--version');
  assert.ok(told.includes(VERSION), told);
  const config = async (image: string) => {
    const { Labels: _labels, ...rest } = JSON.parse(
      await engine.docker('image', 'inspect', '--format={{json .Config}}', image),
    );
    return rest;
  };
  assert.deepEqual(await config('by-recipe'), await config(TEST_IMAGE));
});
