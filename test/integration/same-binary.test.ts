import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildBinary } from '../../scripts/build/binary.ts';
import { buildParts } from '../../scripts/build/bundle.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'kong-entrypoint-same-binary-'));
after(() => rmSync(work, { recursive: true }));

async function build(folder: string, injector: 'pkg' | 'postject'): Promise<string> {
  const arch = process.arch === 'arm64' ? 'arm64' : 'x64';
  const { parts } = await buildParts({ root, defines: { BUILD_VERSION: '"0.0.0"', BUILD_COMMIT: '"unknown"' } });
  const input = { root, arch, parts, injector, rehearsal: undefined, folder, warn: () => undefined } as const;
  const binary = await buildBinary(input);
  return createHash('sha256').update(readFileSync(binary)).digest('hex');
}

test('a binary without code caches is the same bytes wherever it is built, and by either injector', async () => {
  const deeper = join(work, 'another', 'and deeper');
  mkdirSync(deeper, { recursive: true });
  const first = await build(join(work, 'here'), 'pkg');
  assert.equal(await build(join(deeper, 'there'), 'pkg'), first);
  assert.equal(await build(join(deeper, 'once more'), 'postject'), first);
});
