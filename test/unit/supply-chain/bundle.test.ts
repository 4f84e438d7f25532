import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildBundle, buildParts, type Divided } from '../../../scripts/build/bundle.ts';
import type { Contents } from '../../../scripts/build/contents.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const defines = { BUILD_VERSION: '"0.0.0"', BUILD_COMMIT: '"0123456789ab"' };

type Built = { readonly bundle: string; readonly contents: Contents; readonly divided: Divided };

async function buildIn(folder: string, output: string): Promise<Built> {
  const contents = await buildBundle({ root: folder, defines }, output);
  return { bundle: readFileSync(output, 'latin1'), contents, divided: await buildParts({ root: folder, defines }) };
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'latin1').digest('hex');
}

describe('the same source in two folders', () => {
  const work = mkdtempSync(join(tmpdir(), 'kong-entrypoint-bundle-'));
  const elsewhere = join(work, 'another', 'and deeper', 'folder');
  let here: Built;
  let there: Built;

  before(async () => {
    mkdirSync(elsewhere, { recursive: true });
    for (const name of ['src', 'package.json', 'package-lock.json', 'tsconfig.json'])
      cpSync(join(root, name), join(elsewhere, name), { recursive: true });
    symlinkSync(realpathSync(join(root, 'node_modules')), join(elsewhere, 'node_modules'));
    here = await buildIn(root, join(work, 'here.cjs'));
    there = await buildIn(elsewhere, join(work, 'there.cjs'));
  });
  after(() => rmSync(work, { recursive: true }));

  test('gives the same bundle', () => {
    assert.ok(here.bundle.length > 1_000_000);
    assert.equal(sha256(there.bundle), sha256(here.bundle));
  });

  test('gives the same parts of the binary', () => {
    const hashes = ({ divided }: Built): string[] => divided.parts.map(({ name, code }) => `${name} ${sha256(code)}`);
    assert.ok(here.divided.parts.length > 5);
    assert.deepEqual(hashes(there), hashes(here));
  });

  test('leaves no folder of the machine in them', () => {
    const texts = [here, there].flatMap(({ bundle, divided }) => [bundle, ...divided.parts.map(({ code }) => code)]);
    const folders = [root, realpathSync(root), realpathSync(join(root, 'node_modules')), work];
    assert.deepEqual(
      folders.filter((folder) => texts.some((text) => holdsPath(text, folder))),
      [],
    );
    const names = texts.flatMap((text) => text.match(/["'`][\w@./+-]*node_modules\//g) ?? []);
    assert.ok(names.length > 100);
    assert.deepEqual(new Set(names), new Set(['"node_modules/']));
  });

  test('puts code of each package that is in the bundle into the binary, whose parts keep some more', () => {
    const paths = ({ packages }: Contents): string[] => packages.map(({ path }) => path);
    const inBinary = new Set(paths(here.divided.contents));
    assert.ok(here.contents.packages.length > 50);
    assert.deepEqual(
      paths(here.contents).filter((path) => !inBinary.has(path)),
      [],
    );
  });

  /** Not as the middle of another path: a clone may lie in `/build`. */
  function holdsPath(text: string, path: string): boolean {
    const before = text.split(path).slice(0, -1);
    return before.some((one) => !/[\w.@-]$/.test(one));
  }
});
