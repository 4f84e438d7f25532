import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type LoopbackServer, startLoopbackServer } from '../emulators/loopback-server.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** What a registry says of the packages that it is asked about: a status, and advisories by package. */
type Advisories = { readonly status: number; readonly body: string };

function advisory(name: string, severity: string): Advisories {
  const one = {
    id: 1,
    url: 'https://example.com/advisory-1',
    title: 'Lets somebody in',
    severity,
    vulnerable_versions: '<999.0.0',
  };
  return { status: 200, body: JSON.stringify({ [name]: [one] }) };
}

describe('npm run audit', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kong-entrypoint-audit-'));
  let advisories: Advisories;
  let registry: LoopbackServer;

  before(async () => {
    registry = await startLoopbackServer(({ method, target }, response) => {
      if (method === 'POST' && target === '/-/npm/v1/security/advisories/bulk') {
        response.writeHead(advisories.status, { 'content-type': 'application/json' });
        response.end(advisories.body);
      } else if (Object.hasOwn(dependencies, target.slice(1))) {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(packument(target.slice(1)));
      } else response.writeHead(404).end();
    });
  });
  after(async () => {
    await registry.close();
    rmSync(folder, { recursive: true });
  });

  function packument(name: string): string {
    const version = dependencies[name];
    return JSON.stringify({ name, 'dist-tags': { latest: version }, versions: { [version]: { name, version } } });
  }

  function audit(answer: Advisories): Promise<{ readonly output: string; readonly status: unknown }> {
    advisories = answer;
    const env = {
      ...process.env,
      npm_config_registry: registry.url,
      /** npm keeps what it was told of an advisory. */
      npm_config_cache: mkdtempSync(join(folder, 'cache-')),
      npm_config_fetch_retries: '0',
    };
    return new Promise((resolve) => {
      execFile(process.execPath, [join(root, 'scripts/audit.ts')], { env }, (error, stdout, stderr) => {
        resolve({ output: stdout + stderr, status: error?.code ?? 0 });
      });
    });
  }

  test('succeeds where the registry knows of nothing', async () => {
    const { output, status } = await audit({ status: 200, body: '{}' });
    const known = 'no advisory of severity high or critical\n';
    assert.equal(output, `what the program depends on: ${known}what builds and tests it as well: ${known}`);
    assert.equal(status, 0);
  });

  test('fails where it knows of something, and names it', async () => {
    const { output, status } = await audit(advisory('pg', 'high'));
    assert.match(
      output,
      /depends on: 2 packages are affected\n {2}high: pg: Lets somebody in \(https:\/\/example\.com\/advisory-1\)\n/,
    );
    assert.equal(status, 1);
  });

  test('succeeds where that is of a lower severity', async () => {
    const { status } = await audit(advisory('pg', 'moderate'));
    assert.equal(status, 0);
  });

  for (const [what, answer] of [
    ['refuses', { status: 405, body: '' }],
    ['fails', { status: 503, body: '{}' }],
    ['answers something else', { status: 200, body: '<html>login</html>' }],
  ] as const)
    test(`says that nothing is known where the registry ${what}, with a status of its own`, async () => {
      const { output, status } = await audit(answer);
      assert.match(output, /^what the program depends on: the registry did not answer, so nothing is known: \S/);
      assert.equal(status, 75);
    });
});
