import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { provideComposeImages } from './compose-images.ts';
import { unpackFromSuite } from './debian-suites.ts';
import { type Engine, openEngine } from './engine.ts';
import { provideBaseImages } from './stand-in-images.ts';
import { ROOT } from './test-image.ts';

type Target = {
  readonly args: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly platforms?: readonly string[];
  readonly target?: string;
};

let bake: readonly [string, ...string[]];
let engine: Engine;
const cleanUp: (() => unknown)[] = [];

before(async () => {
  engine = await openEngine();
  cleanUp.push(() => engine.close());
  cleanUp.push(await provideBaseImages(engine));
  cleanUp.push(await provideComposeImages(engine));
  bake = findBake();
});
after(async () => {
  for (const undo of cleanUp.toReversed()) await undo();
});

/** That of the engine's client, or else Debian 13's, which is one file. */
function findBake(): readonly [string, ...string[]] {
  if (spawnSync('docker', ['buildx', 'version'], { stdio: 'ignore' }).status === 0) return ['docker', 'buildx', 'bake'];
  const folder = mkdtempSync(join(tmpdir(), 'buildx-'));
  cleanUp.push(() => rmSync(folder, { recursive: true }));
  unpackFromSuite({ folder, suite: 'trixie', packages: ['docker-buildx'] });
  return [join(folder, 'root/usr/libexec/docker/cli-plugins/docker-buildx'), 'bake'];
}

function runBake(...words: readonly string[]): string {
  const [program, ...first] = bake;
  const env = { ...engine.environment, OWNER: 'acme' };
  return execFileSync(program, [...first, '--file', 'docker-bake.hcl', ...words], { cwd: ROOT, env, encoding: 'utf8' });
}

describe('docker-bake.hcl', () => {
  test('has the program for both processors under three tags, and an image for each line of Kong', () => {
    const { target }: { target: Readonly<Record<string, Target>> } = JSON.parse(runBake('--print', 'all'));
    const { binary } = target;
    assert.deepEqual(binary?.platforms, ['linux/amd64', 'linux/arm64']);
    const name = 'ghcr.io/acme/kong-entrypoint';
    assert.deepEqual(binary?.tags, [`${name}:1.0.0`, `${name}:1.0`, `${name}:1`]);
    assert.equal(target['demo']?.args['KONG_IMAGE'], 'kong:3.9');
    assert.equal(target['kong-3-4']?.args['KONG_IMAGE'], 'kong:3.4');
    assert.equal(target['kong-3-14']?.args['KONG_IMAGE'], 'kong/kong-gateway:3.14');
  });

  // Bake itself cannot say `--network=host`, which an engine of the tests needs; docker build takes what it prints.
  test('describes a build of the demo that goes through', async () => {
    const { target }: { target: Readonly<Record<string, Target>> } = JSON.parse(runBake('--print', 'demo'));
    const { args = {}, tags: [tag = ''] = [] } = target['demo'] ?? {};
    const words = Object.entries(args).map(([name, value]) => `--build-arg=${name}=${value}`);
    await engine.docker('build', '--network=host', ...words, '--tag', tag, ROOT);
    const labels = JSON.parse(await engine.docker('image', 'inspect', '--format={{json .Config.Labels}}', tag));
    assert.equal(labels['org.opencontainers.image.source'], 'https://github.com/acme/kong-entrypoint');
    assert.equal(labels['org.opencontainers.image.version'], '1.0.0');
    await engine.docker('image', 'rm', tag);
  });
});
