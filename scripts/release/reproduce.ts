import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildBundle } from '../build/bundle.ts';
import { digestOf } from './oci-layout.ts';

/** Builds the bundle again in two folders of other names, and returns its digest. Throws if one differs from `dist/kong-entrypoint.cjs`. */
export async function reproduce(root: string, defines: Readonly<Record<string, string>>): Promise<string> {
  const released = digestOf(readFileSync(join(root, 'dist/kong-entrypoint.cjs')));
  const work = mkdtempSync(join(tmpdir(), 'kong-entrypoint-reproduce-'));
  try {
    for (const name of ['first', 'and/second']) {
      const again = await buildIn(join(work, name), root, defines);
      if (again !== released)
        throw new Error(`dist/kong-entrypoint.cjs is ${released}, and built again it is ${again}`);
    }
    return released;
  } finally {
    rmSync(work, { recursive: true });
  }
}

async function buildIn(folder: string, root: string, defines: Readonly<Record<string, string>>): Promise<string> {
  mkdirSync(folder, { recursive: true });
  for (const name of ['src', 'package.json', 'package-lock.json', 'tsconfig.json']) {
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const outfile = join(folder, 'bundle.cjs');
  await buildBundle({ root: folder, defines }, outfile);
  return digestOf(readFileSync(outfile));
}
