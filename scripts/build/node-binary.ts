import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';

export type Arch = 'x64' | 'arm64';

type Lock = { readonly packages: Readonly<Record<string, { readonly version: string; readonly integrity: string }>> };

/** The Node that is shipped: from `node_modules`, or for another architecture a package that npm fetches and the lock file proves. */
export function findNode(root: string, arch: Arch): string {
  const installed = join(root, 'node_modules', `node-linux-${arch}`, 'bin', 'node');
  return existsSync(installed) ? installed : fetchNode(root, arch);
}

/** The exact version that `package.json` pins. */
export function nodeVersion(root: string, arch: Arch): string {
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return optionalDependencies[`node-linux-${arch}`];
}

/**
 * `npm pack`, never `npm install --force`: that would point `node_modules/.bin/node` to the other architecture. Kept in
 * `node_modules/.cache`, where it appears only once it is whole and proved.
 */
function fetchNode(root: string, arch: Arch): string {
  const version = nodeVersion(root, arch);
  const folder = join(root, 'node_modules', '.cache', `node-linux-${arch}-${version}`);
  const node = join(folder, 'package', 'bin', 'node');
  if (existsSync(node)) return node;
  mkdirSync(dirname(folder), { recursive: true });
  const work = mkdtempSync(`${folder}-`);
  try {
    const pack = ['pack', '--silent', '--pack-destination', work, `node-linux-${arch}@${version}`];
    execFileSync('npm', pack, { stdio: ['ignore', 'ignore', 'inherit'] });
    const archive = readFileSync(join(work, `node-linux-${arch}-${version}.tgz`));
    assertIntegrity(root, arch, archive);
    execFileSync('tar', ['-x', '-C', work, 'package/bin/node'], { input: gunzipSync(archive) });
    rmSync(folder, { recursive: true, force: true });
    renameSync(work, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  rmSync(join(folder, `node-linux-${arch}-${version}.tgz`));
  return node;
}

function assertIntegrity(root: string, arch: Arch, archive: Buffer): void {
  const lock: Lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const expected = lock.packages[`node_modules/node-linux-${arch}`]?.integrity;
  const found = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
  if (found !== expected)
    throw new Error(`node-linux-${arch}: the package is not the one that package-lock.json names`);
}
