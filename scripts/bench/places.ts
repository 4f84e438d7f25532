import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from '../build/inject.ts';
import { type Arch, findNode, nodeVersion } from '../build/node-binary.ts';
import { withoutSymbols } from '../build/without-symbols.ts';
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
    floor: compile(FLOOR, join(folder, 'floor')),
  };
}

/** The way of the binary: a Node of the same version, without symbols, with code injected that does nothing. */
async function makeEmpty(folder: string): Promise<string> {
  const arch: Arch = process.arch === 'arm64' ? 'arm64' : 'x64';
  const [node, main, output] = [join(folder, 'node'), join(folder, 'empty.cjs'), join(folder, 'empty')];
  mkdirSync(folder, { recursive: true });
  writeFileSync(node, withoutSymbols(readFileSync(findNode(root, arch))), { mode: 0o755 });
  writeFileSync(main, '');
  await inject({ node, nodeVersion: nodeVersion(root, arch), arch, main, assets: {}, output }, 'postject');
  return output;
}

/** What takes the place of Kong: it ends at once, and so tells when it was reached. */
export function makeReached(path: string): string {
  const compiled = compile('int main(void) { return 0; }\n', path);
  if (compiled !== undefined) return compiled;
  writeFileSync(path, '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  return path;
}

/** The path of the program, undefined where there is no compiler. */
function compile(source: string, output: string): string | undefined {
  try {
    execFileSync('cc', ['-O2', '-xc', '-', '-o', output], { input: source, stdio: ['pipe', 'ignore', 'ignore'] });
    return output;
  } catch {
    return undefined;
  }
}
