import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** A package as the lock file has it. */
export type LockedPackage = {
  /** Its key in the lock file, which is its folder. */
  readonly path: string;
  readonly name: string;
  readonly version: string;
  /** As SPDX writes it. */
  readonly licence: string;
  readonly integrity: string;
};

/** The packages of which code is in the bundle, and which of them each imports, by path; ours has the path `''`. */
export type Contents = {
  readonly packages: readonly LockedPackage[];
  readonly imports: ReadonlyMap<string, ReadonlySet<string>>;
};

type Lock = {
  readonly packages: Readonly<
    Record<
      string,
      { readonly name?: string; readonly version: string; readonly license?: string; readonly integrity?: string }
    >
  >;
};

/** What is in the outputs, not what lies in `node_modules`, nor what esbuild read and then left out. */
export function readContents(root: string, { inputs, outputs }: Metafile): Contents {
  const files = Object.values(outputs).flatMap((output) => {
    return Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : []));
  });
  const paths = new Set(files.flatMap((file) => packageOf(file) ?? []));
  const imports = new Map([...paths].map((path) => [path, new Set<string>()]));
  for (const [from, to] of Object.keys(inputs).flatMap((file) => importsOf(file, inputs))) {
    if (from !== to && paths.has(to)) imports.get(from)?.add(to);
  }
  const others = [...paths].filter((path) => path !== '').toSorted();
  return { packages: others.map((path) => readLocked(root, path)), imports };
}

/** Throws for a package that the lock file does not prove. */
export function readLocked(root: string, path: string): LockedPackage {
  const lock: Lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const { name, version, license, integrity } = lock.packages[path] ?? {};
  if (version === undefined || license === undefined || integrity === undefined)
    throw new Error(`${path}: package-lock.json has no version, licence and integrity of it`);
  return { path, name: name ?? path.replace(/^.*node_modules\//, ''), version, licence: license, integrity };
}

function importsOf(file: string, inputs: Metafile['inputs']): [from: string, to: string][] {
  const from = packageOf(file);
  const imported = inputs[file]?.imports ?? [];
  return imported.flatMap((one): [string, string][] => {
    const to = one.external === true ? undefined : packageOf(one.path);
    return from === undefined || to === undefined ? [] : [[from, to]];
  });
}

/** Undefined for what the build puts in the place of a package that nothing uses. */
function packageOf(file: string): string | undefined {
  return file.startsWith('src/') ? '' : /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];
}
