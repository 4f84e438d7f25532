import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readSymbolVersions } from '../../scripts/base-image/elf.ts';
import { attestImage, signImage, verifyAttestation, verifyImage } from '../../scripts/release/local-signer.ts';
import { writeImage } from '../../scripts/release/oci-layout.ts';
import { fetchAttached, fetchManifest, pushLayout, readPlatforms } from '../../scripts/release/registry.ts';
import { makeKeyPair } from '../../scripts/release/signing.ts';
import { BILL_OF_MATERIALS, PROVENANCE } from '../../scripts/release/statement.ts';
import { adminApiAnswers, until, withContainer } from './container.ts';
import { type Engine, openEngine } from './engine.ts';
import { createHowTo, type HowTo } from './how-to.ts';
import { type LocalRegistry, startRegistry } from './local-registry.ts';
import { provideBaseImages } from './stand-in-images.ts';
import { ROOT } from './test-image.ts';

/*
 * The release, rehearsed: what release.yml does with the programs of both machines, against a registry of this machine. A key of this test
 * signs in the place of the workflow's identity, which exists only there.
 */
const OWNER = 'rehearsal';
const ELF_MACHINES = new Map([
  ['amd64', 62],
  ['arm64', 183],
]);

let engine: Engine;
let howTo: HowTo;
let registry: LocalRegistry;
let name: string;
let digest: string;
const keys = makeKeyPair();
const cleanUp: (() => Promise<unknown>)[] = [];

before(async () => {
  engine = await openEngine();
  cleanUp.push(() => engine.close());
  cleanUp.push(await provideBaseImages(engine));
  howTo = await createHowTo();
  cleanUp.push(() => howTo.close());
  registry = await startRegistry();
  cleanUp.push(() => registry.close());
  name = `${registry.address}/${OWNER}/kong-entrypoint`;
  for (const architecture of ['amd64', 'arm64']) {
    node({}, 'scripts/build.ts', '--quiet', '--arch', architecture, '--name', `kong-entrypoint-linux-${architecture}`);
  }
  for (const step of ['reproduce', 'assemble', 'push']) node({}, 'scripts/release.ts', step);
  digest = readFileSync(join(ROOT, 'dist/release-digest'), 'utf8');
});
after(async () => {
  for (const undo of cleanUp.toReversed()) await undo();
});

function node(variables: Readonly<Record<string, string>>, ...words: readonly string[]): void {
  const env = { ...process.env, OWNER, REGISTRY: registry.address, ...variables };
  process.stdout.write(execFileSync(process.execPath, words, { cwd: ROOT, env, encoding: 'utf8' }));
}

test('the checksums are those of the files of the release', () => {
  const folder = join(ROOT, 'dist/release');
  const { status, stdout } = spawnSync('sha256sum', ['--check', 'checksums.txt'], { cwd: folder, encoding: 'utf8' });
  assert.equal(status, 0, stdout);
  assert.equal(stdout.trim().split('\n').length, 5);
  assert.ok(readFileSync(join(folder, 'notes.md'), 'utf8').length > 100);
});

test('every tag is the one image, for both architectures, with the program of each in it', async () => {
  for (const tag of ['1.0.0', '1.0', '1']) {
    assert.deepEqual(fetchManifest(`${name}:${tag}`), fetchManifest(`${name}@${digest}`));
  }
  const platforms = readPlatforms(name, digest);
  assert.deepEqual(
    platforms.map(({ architecture }) => architecture),
    ['amd64', 'arm64'],
  );
  // An engine keeps one platform of a digest, so each is pulled by its own.
  for (const { architecture, digest: own } of platforms) {
    await engine.docker('pull', `--platform=linux/${architecture}`, `${name}@${own}`);
    const id = await engine.docker('create', `--platform=linux/${architecture}`, `${name}@${own}`, '/kong-entrypoint');
    const copy = join(engine.folder, `released-${architecture}`);
    await engine.docker('cp', `${id}:/kong-entrypoint`, copy);
    await engine.docker('rm', id);
    const program = readFileSync(copy);
    assert.deepEqual(program, readFileSync(join(ROOT, `dist/kong-entrypoint-linux-${architecture}`)));
    assert.equal(readSymbolVersions(program)?.machine, ELF_MACHINES.get(architecture));
  }
});

test('an image that lacks an architecture is refused', () => {
  const folder = join(engine.folder, 'half');
  const half = writeImage(folder, [{ architecture: 'amd64', program: Buffer.from('program') }], {});
  pushLayout(folder, `${name}:half`);
  assert.throws(() => readPlatforms(name, half), /no program for arm64/);
});

test('the Dockerfile of the README takes the program from the registry, and Kong starts', async () => {
  const [, recipe = ''] = /```dockerfile\n(.*?)```/s.exec(readFileSync(join(ROOT, 'README.md'), 'utf8')) ?? [];
  const folder = join(engine.folder, 'released');
  mkdirSync(folder);
  const published = recipe.replace(/ghcr\.io\/[\w-]+\/kong-entrypoint/, name);
  assert.notEqual(published, recipe);
  writeFileSync(join(folder, 'Dockerfile'), published);
  await engine.docker('build', '--network=host', '--tag', 'kong-from-release', folder);
  cleanUp.push(() => engine.run('image', 'rm', 'kong-from-release'));
  const { environment, adminUrl } = await howTo.fresh();
  await withContainer(engine, { image: 'kong-from-release', environment }, async (container) => {
    await until(container, () => adminApiAnswers(adminUrl));
    assert.match(await container.logs(), /handing over to/);
    const { exitCode } = await container.stop();
    assert.equal(exitCode, 0);
  });
});

test('a signature is verified, by us and by openssl, and one of another key is refused', () => {
  const { publicKey: other } = makeKeyPair();
  for (const signed of [digest, ...readPlatforms(name, digest).map((one) => one.digest)]) {
    signImage(name, signed, keys);
    verifyImage(name, signed, keys.publicKey);
    assert.throws(() => verifyImage(name, signed, other), /not of this key/);
    process.stdout.write(`release: signed and verified ${name}@${signed}\n`);
  }
  assert.equal(verifyByOpenssl(keys.publicKey), 'Verified OK');
  assert.equal(verifyByOpenssl(other), 'Verification failure');
});

test('the provenance and each bill of materials are attested, and verified', () => {
  const attest = (at: string, type: string, file: string): void => {
    const predicate = JSON.parse(readFileSync(join(ROOT, 'dist', file), 'utf8'));
    attestImage(name, at, { type, predicate }, keys);
    const statement = verifyAttestation(name, at, type, keys.publicKey);
    assert.deepEqual(statement.predicate, predicate);
    assert.throws(() => verifyAttestation(name, at, type, makeKeyPair().publicKey), /no signature of this key/);
    process.stdout.write(`release: attested and verified ${type} of ${at}\n`);
  };
  attest(digest, PROVENANCE, 'provenance.json');
  for (const { architecture, digest: at } of readPlatforms(name, digest)) {
    attest(at, BILL_OF_MATERIALS, `kong-entrypoint-linux-${architecture}.cdx.json`);
  }
});

test('the step that signs has cosign sign, attest and verify what is in the registry', () => {
  const folder = join(engine.folder, 'cosign');
  mkdirSync(folder);
  writeFileSync(join(folder, 'cosign'), `#!/bin/sh\necho "$@" >> '${folder}/calls'\n`, { mode: 0o755 });
  node({ PATH: `${folder}:${process.env['PATH']}` }, 'scripts/release.ts', 'sign');
  const calls = readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
  assert.equal(calls.length, 12);
  assert.equal(calls[0], `sign --yes --recursive ${name}@${digest}`);
  for (const { digest: own } of readPlatforms(name, digest)) {
    assert.equal(calls.filter((call) => call.endsWith(`${name}@${own}`)).length, 3);
  }
});

/** What openssl says of the signature of the image, as it is in the registry. */
function verifyByOpenssl(publicKey: string): string {
  const { content, annotations } = fetchAttached(name, digest, 'sig');
  const file = (as: string, text: string | Buffer): string => {
    writeFileSync(join(engine.folder, as), text);
    return join(engine.folder, as);
  };
  const signature = file('signature', Buffer.from(annotations['dev.cosignproject.cosign/signature'] ?? '', 'base64'));
  const words = ['dgst', '-sha256', '-verify', file('key.pub', publicKey), '-signature', signature];
  return spawnSync('openssl', [...words, file('signed', content)], { encoding: 'utf8' }).stdout.trim();
}
