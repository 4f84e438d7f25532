import { readSymbolVersions, type SymbolVersions } from './elf.ts';
import { readImageFile } from './image-files.ts';

type Machine = { readonly loader: string; readonly musl: string; readonly folder: string };

/** By the number that an ELF file has for it. */
const machines: ReadonlyMap<number, Machine> = new Map([
  [62, { loader: '/lib64/ld-linux-x86-64.so.2', musl: '/lib/ld-musl-x86_64.so.1', folder: 'x86_64-linux-gnu' }],
  [183, { loader: '/lib/ld-linux-aarch64.so.1', musl: '/lib/ld-musl-aarch64.so.1', folder: 'aarch64-linux-gnu' }],
]);

/**
 * Why the image with this root cannot run the program, in words that follow "the base image"; undefined where nothing stands against it.
 * Nothing of the image is run, so that it may be one for another processor.
 */
export function findObstacle(root: string, program: Buffer): string | undefined {
  const wanted = readSymbolVersions(program);
  const machine = wanted && machines.get(wanted.machine);
  if (wanted === undefined || machine === undefined)
    throw new Error('the program is not an executable for amd64 or arm64');
  if (readImageFile(root, machine.loader) === undefined) {
    return readImageFile(root, machine.musl) === undefined
      ? `has no glibc: ${machine.loader} is not there`
      : 'has musl in place of glibc, as Alpine does';
  }
  for (const [library, versions] of wanted.needed) {
    const obstacle = obstacleIn(library, versions, findLibrary(root, library, machine, wanted.machine));
    if (obstacle !== undefined) return obstacle;
  }
  return undefined;
}

/** The newest comes last where the numbers are sorted as numbers. */
function obstacleIn(
  library: string,
  versions: readonly string[],
  found: SymbolVersions | undefined,
): string | undefined {
  if (found === undefined) return `has no ${library}`;
  const missing = versions.filter((version) => !found.defined.has(version)).toSorted(byNumber);
  const newest = missing.at(-1);
  return newest === undefined ? undefined : `has a ${library} that is too old: it lacks ${newest}`;
}

const { compare: byNumber } = new Intl.Collator('en', { numeric: true });

/** Where the loaders of Debian, Ubuntu, RHEL and Amazon Linux look. */
function findLibrary(root: string, name: string, { folder }: Machine, machine: number): SymbolVersions | undefined {
  const folders = [`/lib/${folder}`, `/usr/lib/${folder}`, '/lib64', '/usr/lib64', '/lib', '/usr/lib'];
  for (const path of folders) {
    const file = readImageFile(root, `${path}/${name}`);
    const versions = file && readSymbolVersions(file);
    if (versions?.machine === machine) return versions;
  }
  return undefined;
}
