import { existsSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { readFile, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unpackFromSuite } from './debian-suites.ts';
import type { Engine } from './engine.ts';
import { buildFromFolder } from './stand-in-images.ts';

type LibcImage = {
  readonly name: string;
  readonly suite: string;
  /** As Debian and Docker both call it. */
  readonly architecture?: 'amd64' | 'arm64';
  /** Done to the files before they become the image. */
  readonly change?: (root: string) => Promise<void>;
};

/** An image of nothing but the libc and libstdc++ of a release of Debian. */
export async function makeLibcImage(engine: Engine, image: LibcImage): Promise<void> {
  const { name, suite, architecture, change } = image;
  const folder = join(engine.folder, name);
  mkdirSync(folder);
  const packages = ['libc6', 'libstdc++6', 'libgcc-s1'];
  unpackFromSuite({ folder, suite, packages, ...(architecture === undefined ? {} : { architecture }) });
  const root = join(folder, 'root');
  for (const link of ['lib', 'lib64']) linkIntoUsr(root, link);
  mkdirSync(join(root, 'tmp'));
  await change?.(root);
  const platform = architecture === undefined ? {} : { platform: `linux/${architecture}` };
  await buildFromFolder(engine, { name, folder: root, instructions: [], ...platform });
}

/** As the package base-files does it, since the libraries are all in `/usr`. */
function linkIntoUsr(root: string, name: string): void {
  const isThere = lstatSync(join(root, name), { throwIfNoEntry: false }) !== undefined;
  if (!isThere && existsSync(join(root, 'usr', name))) symlinkSync(join('usr', name), join(root, name));
}

/** Makes a libc of these files one that has no symbol of this version. */
export async function forgetSymbols(root: string, version: string): Promise<void> {
  const libc = await realpath(
    join(root, 'lib', `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`, 'libc.so.6'),
  );
  const text = await readFile(libc, 'latin1');
  await writeFile(libc, text.replaceAll(`${version}\0`, `${'?'.repeat(version.length)}\0`), 'latin1');
}

/** An image of one file: the loader of musl, or another that is not a program. */
export async function makeImageOfFile(engine: Engine, name: string, path: string): Promise<void> {
  const folder = join(engine.folder, name);
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), '');
  await buildFromFolder(engine, { name, folder, instructions: [] });
}
