import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import type { Arch } from './node-binary.ts';

export type Injection = {
  /** The Node that is injected into; it is copied. */
  readonly node: string;
  readonly nodeVersion: string;
  readonly arch: Arch;
  /** The first code to run. */
  readonly main: string;
  /** Files that the code reads by name. */
  readonly assets: Readonly<Record<string, string>>;
  readonly output: string;
};

export type Injector = 'pkg' | 'postject';

type Pkg = { readonly default: (entry: string, options: object) => Promise<void> };
type PkgLog = { readonly log: { info: (text: string) => void } };
type Postject = {
  readonly inject: (file: string, name: string, blob: Buffer, options: { sentinelFuse: string }) => Promise<void>;
};

const require = createRequire(import.meta.url);
/** What Node looks for in its own file to know that something was injected. */
const SENTINEL = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/**
 * Puts code into a Node as a single executable application. `NODE_OPTIONS` is Kong's: `execArgvExtension: none` keeps it from acting on
 * us. The path of the code goes into the binary: it is given as seen from a folder beside it, so that no path of this machine does. pkg and
 * postject make the same file; pkg asks the Node for its version, so only postject can inject into another architecture's.
 */
export async function inject(injection: Injection, injector: Injector): Promise<void> {
  const { arch, assets, main, output } = injection;
  const seaConfig = {
    main: `../${basename(main)}`,
    disableExperimentalSEAWarning: true,
    useSnapshot: false,
    useCodeCache: false,
    execArgvExtension: 'none',
    assets,
  };
  const canRun = arch === process.arch;
  await (canRun && injector === 'pkg' ? injectByPkg(injection, seaConfig) : injectByPostject(injection, seaConfig));
  chmodSync(output, 0o755);
}

/**
 * pkg's command line can set neither the Node nor the configuration, its function can; the version of pkg is pinned for it. It works in a
 * temporary folder, which is put beside the code.
 */
async function injectByPkg({ main, node, nodeVersion, arch, output }: Injection, seaConfig: object): Promise<void> {
  const { log }: PkgLog = require('@yao-pkg/pkg/lib-es5/log.js');
  log.info = () => undefined;
  const pkg: Pkg = require('@yao-pkg/pkg/lib-es5/sea.js');
  process.env['TMPDIR'] = dirname(main);
  const targets = [{ nodeRange: `node${nodeVersion}`, platform: 'linux', arch, output }];
  await pkg.default(main, { signature: false, nodePath: node, seaConfig, targets });
}

/** The blob is made by this Node, which is of the same version. */
async function injectByPostject({ main, node, output }: Injection, seaConfig: object): Promise<void> {
  const cwd = join(dirname(main), 'blob');
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'config.json'), JSON.stringify({ ...seaConfig, output: 'blob' }));
  const stdio: ('ignore' | 'pipe')[] = ['ignore', 'ignore', 'pipe'];
  execFileSync(process.execPath, ['--experimental-sea-config', 'config.json'], { cwd, stdio });
  copyFileSync(node, output);
  const { inject: put }: Postject = require('postject');
  await withoutNoise(() => put(output, 'NODE_SEA_BLOB', readFileSync(join(cwd, 'blob')), { sentinelFuse: SENTINEL }));
}

/** postject's ELF library says of the notes in a stripped Node that it gave them names; nothing follows from it. pkg hides it as well. */
async function withoutNoise(action: () => Promise<void>): Promise<void> {
  const { write } = process.stderr;
  process.stderr.write = (text: string | Uint8Array): boolean =>
    String(text).startsWith("warning: Can't find string offset") || write.call(process.stderr, text);
  try {
    await action();
  } finally {
    process.stderr.write = write;
  }
}
