import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { PartCode } from './bundle.ts';
import { checkRuntime } from './check-runtime.ts';
import { clearUnusedIcuData } from './icu-data.ts';
import { type Injector, inject } from './inject.ts';
import { type Arch, findNode, nodeVersion } from './node-binary.ts';
import type { Rehearsal } from './rehearsal.ts';
import { withoutSymbols } from './without-symbols.ts';

export type BinaryInput = {
  readonly root: string;
  readonly arch: Arch;
  readonly parts: readonly PartCode[];
  readonly injector: Injector;
  /** What code caches are made of; undefined for a binary without. */
  readonly rehearsal: Rehearsal | undefined;
  /** An empty folder for what is made on the way. */
  readonly folder: string;
  /** Told what the binary had to do without. */
  readonly warn: (text: string) => void;
};

const warmUp = fileURLToPath(new URL('warm-up.ts', import.meta.url));
const loader = fileURLToPath(new URL('loader.cjs', import.meta.url));

/**
 * Makes the binary for an architecture and returns its path in the folder. A code cache is of one V8 on one architecture: it is made where
 * the Node of the binary runs, and left out elsewhere.
 */
export async function buildBinary(input: BinaryInput): Promise<string> {
  const { root, arch, parts, rehearsal, folder, warn } = input;
  mkdirSync(folder);
  for (const { name, code } of parts) writeFileSync(join(folder, name), code, 'latin1');
  const canRun = arch === process.arch;
  if (canRun && rehearsal !== undefined)
    await makeCodeCaches(writeLoader(join(folder, 'cold-loader.cjs'), parts, []), folder, rehearsal);
  if (!canRun)
    warn(`${arch}: without a code cache, which only a machine of that architecture can make; it starts more slowly`);

  const cached = parts.filter(({ name }) => existsSync(join(folder, `${name}.cache`))).map(({ name }) => name);
  const node = join(folder, 'node');
  // Before the injection: what is put in is not part of the sections that are looked at.
  writeFileSync(node, clearUnusedIcuData(withoutSymbols(readFileSync(findNode(root, arch)))), { mode: 0o755 });
  if (canRun) checkRuntime(node);
  const assets = [...parts.map(({ name }) => name), ...cached.map((name) => `${name}.cache`)];
  const output = join(folder, 'kong-entrypoint');
  await inject(
    {
      node,
      nodeVersion: nodeVersion(root, arch),
      arch,
      main: writeLoader(join(folder, 'loader.cjs'), parts, cached),
      assets: Object.fromEntries(assets.map((name) => [name, join(folder, name)])),
      output,
    },
    input.injector,
  );
  return output;
}

/**
 * Makes code caches beside the parts: V8 writes what it has compiled by the end of a whole start, so a cache holds the functions that a
 * start really calls, and a part that no start here loads has none. A warm start is the last, since it is the one that most are like; its
 * first run remembers the schema, and only the second is warm. The
 * caches are the one thing that differs from build to build: what V8 has compiled and dropped by then depends on timing. Without them the
 * binary is the same bytes again.
 */
async function makeCodeCaches(
  coldLoader: string,
  folder: string,
  { otherVaults, whole, warm }: Rehearsal,
): Promise<void> {
  for (const { words, environment } of [...otherVaults, whole, warm, warm]) {
    const args = [warmUp, coldLoader, folder, ...words];
    await promisify(execFile)(process.execPath, args, { env: { ...environment }, timeout: 60_000 });
  }
}

function writeLoader(path: string, parts: readonly PartCode[], cached: readonly string[]): string {
  const partOf = parts.flatMap(({ name, chunks }) => chunks.map((chunk) => [chunk, name]));
  const text = readFileSync(loader, 'utf8')
    .replace('PART_OF_CHUNK', JSON.stringify(Object.fromEntries(partOf)))
    .replace('PARTS_WITH_CACHE', JSON.stringify(cached));
  writeFileSync(path, text);
  return path;
}
