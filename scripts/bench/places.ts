import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from '../build/inject.ts';
import { type Arch, copyStripped, findNode, nodeVersion } from '../build/node-binary.ts';
import type { Places } from './contender.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const FLOOR = `#include <unistd.h>
int main(int count, char **words) { return count < 2 ? 64 : execv(words[1], words + 1); }
`;

/** The build's programs, and what they are compared with, made in this folder. */
export async function makePlaces(folder: string): Promise<Places> {
  return {
    binary: join(root, 'dist', 'kong-entrypoint'),
    bundle: join(root, 'dist', 'kong-entrypoint.cjs'),
    empty: await makeEmpty(join(folder, 'empty')),
    floor: makeFloor(folder),
  };
}

/** The way of the binary: a Node of the same version, stripped if that is possible, with code injected that does nothing. */
async function makeEmpty(folder: string): Promise<string> {
  const arch: Arch = process.arch === 'arm64' ? 'arm64' : 'x64';
  const [node, main, output] = [join(folder, 'node'), join(folder, 'empty.cjs'), join(folder, 'empty')];
  mkdirSync(folder, { recursive: true });
  copyStripped(findNode(root, arch), arch, node);
  writeFileSync(main, '');
  await inject({ node, nodeVersion: nodeVersion(root, arch), arch, main, assets: {}, output }, 'postject');
  return output;
}

function makeFloor(folder: string): string | undefined {
  const [source, output] = [join(folder, 'floor.c'), join(folder, 'floor')];
  writeFileSync(source, FLOOR);
  try {
    execFileSync('cc', ['-O2', '-o', output, source], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  return existsSync(output) ? output : undefined;
}
