import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { printBillOfMaterials } from './build/bill-of-materials.ts';
import { buildBinary } from './build/binary.ts';
import { buildBundle, buildParts, type Source } from './build/bundle.ts';
import { type Contents, readLocked } from './build/contents.ts';
import type { Injector } from './build/inject.ts';
import { type Arch, nodeVersion } from './build/node-binary.ts';
import { type Rehearsal, withRehearsal } from './build/rehearsal.ts';
import { checkBinary, checkBundle, checkCodeCaches } from './build/self-check.ts';
import { commitOf, versionOf } from './release/version.ts';

/*
 * npm run build [-- --arch x64|amd64|arm64|all] [--name NAME] [--injector pkg|postject] [--no-code-caches] [--gzip] [--quiet]
 * Makes dist/kong-entrypoint.cjs and dist/kong-entrypoint for this machine; for the other architecture, which cannot be run here and is
 * therefore not checked, dist/kong-entrypoint-linux-ARCH; with --name, dist/NAME for either. Beside each binary its bill of materials,
 * NAME.cdx.json, which names the binary by its hash. With --no-code-caches the same commit gives the same binary. Nothing takes its place in dist before it is
 * whole and has passed its checks.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const { values: options } = parseArgs({
  allowNegative: true,
  options: {
    arch: { type: 'string' },
    name: { type: 'string' },
    injector: { type: 'string', default: 'pkg' },
    'code-caches': { type: 'boolean', default: true },
    gzip: { type: 'boolean', default: false },
    quiet: { type: 'boolean', default: false },
  },
});

function oneOf<T extends string>(name: string, word: string, words: readonly T[]): T {
  const found = words.find((one) => one === word);
  if (found === undefined) throw new Error(`--${name} ${word}: say ${words.join(' or ')}`);
  return found;
}

function warn(text: string): void {
  process.stderr.write(`build: ${text}\n`);
}

function publish(path: string, name: string): void {
  const place = join(dist, name);
  renameSync(path, place);
  const zipped = options.gzip ? `, ${gzipSync(readFileSync(place)).length} gzip` : '';
  if (!options.quiet) process.stdout.write(`dist/${name} ${statSync(place).size} bytes${zipped}\n`);
}

function listMaterials(
  binary: string,
  arch: Arch,
  about: { version: string; commit: string; contents: Contents },
): string {
  const path = `${binary}.cdx.json`;
  const text = printBillOfMaterials({
    ...about,
    sha256: createHash('sha256').update(readFileSync(binary)).digest('hex'),
    runtime: readLocked(root, `node_modules/node-linux-${arch}`),
    runtimeParts: process.versions,
    madeAt: new Date(),
    serialNumber: randomUUID(),
  });
  writeFileSync(path, text);
  return path;
}

async function buildAll(work: string, rehearsal: Rehearsal): Promise<void> {
  const version = versionOf(root);
  const revision = commitOf(root);
  const defines = { BUILD_VERSION: JSON.stringify(version), BUILD_COMMIT: JSON.stringify(revision) };
  const source: Source = { root, defines };
  const bundle = join(work, 'bundle.cjs');
  await buildBundle(source, bundle);
  await checkBundle(bundle, version, rehearsal);
  publish(bundle, 'kong-entrypoint.cjs');

  const { parts, contents } = await buildParts(source);
  for (const arch of archs) {
    const folder = join(work, arch);
    const warmUp = hasCodeCaches ? rehearsal : undefined;
    const binary = await buildBinary({ root, arch, parts, injector, rehearsal: warmUp, folder, warn });
    if (arch === own) {
      await checkBinary(binary, version, rehearsal);
      if (hasCodeCaches) await checkCodeCaches(binary, rehearsal);
    }
    const name = options.name ?? (arch === own ? 'kong-entrypoint' : `kong-entrypoint-linux-${arch}`);
    const list = listMaterials(binary, arch, { version, commit: revision, contents });
    publish(binary, name);
    publish(list, `${name}.cdx.json`);
  }
}

const own: Arch = oneOf('arch', process.arch, ['x64', 'arm64']);
/** As Node or as Docker calls them. */
const archsByWord = { x64: ['x64'], amd64: ['x64'], arm64: ['arm64'], all: ['x64', 'arm64'] } as const;
const archs: readonly Arch[] = archsByWord[oneOf('arch', options.arch ?? own, ['x64', 'amd64', 'arm64', 'all'])];
if (options.name !== undefined && archs.length > 1) throw new Error('--name is for one architecture');
const hasCodeCaches = options['code-caches'];
const injector: Injector = oneOf('injector', options.injector, ['pkg', 'postject']);
if (process.versions.node !== nodeVersion(root, own)) {
  const needed = `Node ${nodeVersion(root, own)}, which npm ci installs and npm run build finds`;
  throw new Error(`the build runs on ${needed}; this is ${process.versions.node} (${process.execPath})`);
}
mkdirSync(dist, { recursive: true });
const work = mkdtempSync(join(dist, '.build-'));
try {
  await withRehearsal((rehearsal) => buildAll(work, rehearsal));
} finally {
  rmSync(work, { recursive: true });
}
