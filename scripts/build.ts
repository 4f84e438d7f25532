import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildBundle, buildChunks } from './build/bundle.ts';
import { makeCodeCaches } from './build/code-cache.ts';
import { inject } from './build/inject.ts';
import { type Arch, findNode, nodeVersion } from './build/node-binary.ts';
import { checkBinary, checkCodeCaches } from './build/self-check.ts';

// npm run build [-- --arch x64|arm64|all] [--quiet]: dist/kong-entrypoint.cjs, and dist/kong-entrypoint for this machine;
// for the other architecture dist/kong-entrypoint-linux-<arch>.
const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const { values } = parseArgs({ options: { arch: { type: 'string' }, quiet: { type: 'boolean', default: false } } });
const own: Arch = process.arch === 'arm64' ? 'arm64' : 'x64';

function say(text: string): void {
  if (!values.quiet) process.stdout.write(`${text}\n`);
}

function archs(): Arch[] {
  if (values.arch === 'all') return ['x64', 'arm64'];
  return [values.arch === 'arm64' || values.arch === 'x64' ? values.arch : own];
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
}

/** A code cache holds machine code of one processor and one V8: it is made where both are at hand, and left out elsewhere. */
async function buildBinary(arch: Arch, version: string, defines: Record<string, string>): Promise<string> {
  const folder = join(dist, 'build', arch);
  const output = join(dist, arch === own ? 'kong-entrypoint' : `kong-entrypoint-linux-${arch}`);
  const chunks = await buildChunks(root, folder, defines);
  const hasCache = arch === own;
  if (hasCache) {
    await makeCodeCaches(process.execPath, folder);
    checkCodeCaches(folder, chunks);
  } else
    say(
      `${arch}: built without a code cache, which only a machine of that architecture can make; it starts some 45 ms slower`,
    );
  const loader = join(root, 'scripts', 'build', 'loader.cjs');
  await inject({
    node: findNode(root, arch),
    nodeVersion: nodeVersion(root, arch),
    arch,
    folder,
    chunks,
    hasCache,
    loader,
    output,
  });
  if (hasCache) checkBinary(output, version);
  return output;
}

if (process.versions.node !== nodeVersion(root, own)) {
  throw new Error(
    `run this through npm (npm run build): it needs Node ${nodeVersion(root, own)}, and this is ${process.versions.node}`,
  );
}
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const defines = { BUILD_VERSION: JSON.stringify(version), BUILD_COMMIT: JSON.stringify(commit()) };
const bundle = join(dist, 'kong-entrypoint.cjs');
await buildBundle(root, bundle, defines);
const outputs = [bundle];
for (const arch of archs()) outputs.push(await buildBinary(arch, version, defines));
rmSync(join(dist, 'build'), { recursive: true });
for (const output of outputs) say(`${output.slice(root.length)} ${statSync(output).size} bytes`);
