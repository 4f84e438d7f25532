import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export type Arch = 'x64' | 'arm64';

type Lock = { readonly packages: Readonly<Record<string, { readonly version: string; readonly integrity: string }>> };

/** The Node that is shipped, for this architecture: from `node_modules`, or for another one as a package that npm fetches and the lock file proves. */
export function findNode(root: string, arch: Arch): string {
  const installed = join(root, 'node_modules', `node-linux-${arch}`, 'bin', 'node');
  return existsSync(installed) ? installed : fetchNode(root, arch);
}

/** The exact version that `package.json` pins. */
export function nodeVersion(root: string, arch: Arch): string {
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return optionalDependencies[`node-linux-${arch}`];
}

/** `npm pack`, never `npm install --force`: that would point `node_modules/.bin/node` to the other architecture. */
function fetchNode(root: string, arch: Arch): string {
  const version = nodeVersion(root, arch);
  const folder = join(root, 'node_modules', '.cache', `node-linux-${arch}-${version}`);
  const node = join(folder, 'package', 'bin', 'node');
  if (existsSync(node)) return node;
  mkdirSync(folder, { recursive: true });
  const packed = execFileSync(
    'npm',
    ['pack', '--silent', '--pack-destination', folder, `node-linux-${arch}@${version}`],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const archive = join(folder, packed.trim().split('\n').at(-1) ?? '');
  assertIntegrity(root, arch, readFileSync(archive));
  execFileSync('tar', ['-xzf', archive, '-C', folder, 'package/bin/node']);
  rmSync(archive);
  return node;
}

function assertIntegrity(root: string, arch: Arch, archive: Buffer): void {
  const lock: Lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const expected = lock.packages[`node_modules/node-linux-${arch}`]?.integrity;
  const found = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
  if (found !== expected)
    throw new Error(`node-linux-${arch}: the package is not the one that package-lock.json names`);
}
