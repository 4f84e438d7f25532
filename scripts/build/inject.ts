import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

export type InjectInput = {
  /** The Node of the architecture that is built for. */
  readonly node: string;
  readonly nodeVersion: string;
  readonly arch: 'x64' | 'arm64';
  readonly folder: string;
  readonly chunks: readonly string[];
  readonly hasCache: boolean;
  readonly loader: string;
  readonly output: string;
};

type Sea = (entry: string, options: object) => Promise<void>;

/**
 * Puts the loader, the chunks and their caches into a stripped copy of Node as a single executable application. `NODE_OPTIONS` is Kong's:
 * `execArgvExtension: none` keeps it from acting on us. pkg's command line can set neither the Node nor this, its function can; the version
 * of pkg is pinned for it.
 */
export async function inject({
  node,
  nodeVersion,
  arch,
  folder,
  chunks,
  hasCache,
  loader,
  output,
}: InjectInput): Promise<void> {
  const main = join(folder, 'sea-main.cjs');
  const text = readFileSync(loader, 'utf8')
    .replace('CHUNKS', JSON.stringify(chunks))
    .replace('HAS_CACHE', String(hasCache));
  writeFileSync(main, text);
  const names = hasCache ? chunks.flatMap((name) => [name, `${name}.cache`]) : chunks;
  const sea: Sea = createRequire(import.meta.url)('@yao-pkg/pkg/lib-es5/sea.js').default;
  await sea(main, {
    signature: false,
    nodePath: strippedCopy(node, arch, join(folder, 'node')),
    seaConfig: {
      disableExperimentalSEAWarning: true,
      useSnapshot: false,
      useCodeCache: false,
      execArgvExtension: 'none',
      assets: Object.fromEntries(names.map((name) => [name, join(folder, name)])),
    },
    targets: [{ nodeRange: `node${nodeVersion}`, platform: 'linux', arch, output }],
  });
  chmodSync(output, 0o755);
}

/** Without its symbols Node is some 18 MB smaller. They must go before the injection: after it, strip breaks the file. */
function strippedCopy(node: string, arch: string, copy: string): string {
  const strip =
    arch === process.arch ? 'strip' : arch === 'arm64' ? 'aarch64-linux-gnu-strip' : 'x86_64-linux-gnu-strip';
  const { status } = spawnSync(strip, ['-o', copy, node], { stdio: 'ignore' });
  if (status !== 0) {
    copyFileSync(node, copy);
    process.stderr.write(
      `build: ${strip} is not there; the binary keeps the symbols of Node (${statSync(node).size} bytes)\n`,
    );
  }
  chmodSync(copy, 0o755);
  return copy;
}
