import { execFileSync, spawnSync } from 'node:child_process';
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
type Postject = {
  readonly inject: (
    file: string,
    name: string,
    blob: Buffer,
    options: { readonly sentinelFuse: string },
  ) => Promise<void>;
};

const require = createRequire(import.meta.url);
/** What Node looks for in its own file to know that something was injected. */
const SENTINEL = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/**
 * Puts the loader, the chunks and their caches into a stripped copy of Node as a single executable application. `NODE_OPTIONS` is Kong's:
 * `execArgvExtension: none` keeps it from acting on us.
 */
export async function inject(input: InjectInput): Promise<void> {
  const { folder, chunks, hasCache, node, arch, output } = input;
  const main = join(folder, 'sea-main.cjs');
  const text = readFileSync(input.loader, 'utf8')
    .replace('CHUNKS', JSON.stringify(chunks))
    .replace('HAS_CACHE', String(hasCache));
  writeFileSync(main, text);
  const names = hasCache ? chunks.flatMap((name) => [name, `${name}.cache`]) : chunks;
  const seaConfig = {
    disableExperimentalSEAWarning: true,
    useSnapshot: false,
    useCodeCache: false,
    execArgvExtension: 'none',
    assets: Object.fromEntries(names.map((name) => [name, join(folder, name)])),
  };
  const base = strippedCopy(node, arch, join(folder, 'node'));
  await (arch === process.arch ? byPkg(input, main, base, seaConfig) : byPostject(main, base, seaConfig, output));
  chmodSync(output, 0o755);
}

/** pkg's command line can set neither the Node nor the configuration, its function can; the version of pkg is pinned for it. */
async function byPkg(
  { nodeVersion, arch, output }: InjectInput,
  main: string,
  nodePath: string,
  seaConfig: object,
): Promise<void> {
  const sea: Sea = require('@yao-pkg/pkg/lib-es5/sea.js').default;
  const targets = [{ nodeRange: `node${nodeVersion}`, platform: 'linux', arch, output }];
  await sea(main, { signature: false, nodePath, seaConfig, targets });
}

/** pkg runs the Node that it injects into, so for another architecture the blob is made by this one, and put in by what pkg itself uses. */
async function byPostject(main: string, base: string, seaConfig: object, output: string): Promise<void> {
  const blob = `${main}.blob`;
  writeFileSync(`${main}.json`, JSON.stringify({ ...seaConfig, main, output: blob }));
  execFileSync(process.execPath, ['--experimental-sea-config', `${main}.json`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  copyFileSync(base, output);
  const { inject: put }: Postject = require('postject');
  await put(output, 'NODE_SEA_BLOB', readFileSync(blob), { sentinelFuse: SENTINEL });
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
