import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { removeAbandoned, signOfLife } from '../../src/migrations/abandoned-prefixes.ts';

const module = fileURLToPath(new URL('../../src/migrations/abandoned-prefixes.ts', import.meta.url));

/** Shows the sign of life in the folder, and is killed. */
function dieIn(folder: string): void {
  mkdirSync(folder);
  const script = `const { signOfLife } = await import(${JSON.stringify(module)});
await signOfLife(${JSON.stringify(folder)});
process.kill(process.pid, 'SIGKILL');`;
  assert.equal(spawnSync(process.execPath, ['--input-type=module', '-e', script]).signal, 'SIGKILL');
}

test('a folder whose starter was killed is removed, and no other', async (t) => {
  const tmp = mkdtempSync(join(tmpdir(), 'prefixes-'));
  t.after(() => rmSync(tmp, { recursive: true }));
  dieIn(join(tmp, 'kong-entrypoint-dead'));
  dieIn(join(tmp, 'somebody-else'));
  mkdirSync(join(tmp, 'kong-entrypoint-new'));
  mkdirSync(join(tmp, 'kong-entrypoint-alive'));
  const sign = await signOfLife(join(tmp, 'kong-entrypoint-alive'));
  await removeAbandoned(join(tmp, 'kong-entrypoint-'));
  assert.deepEqual(readdirSync(tmp).sort(), ['kong-entrypoint-alive', 'kong-entrypoint-new', 'somebody-else']);
  sign.close();
});

test('where there is no such place at all, nothing is removed and nothing thrown', async () => {
  await removeAbandoned('/nonexistent/kong-entrypoint-');
});
