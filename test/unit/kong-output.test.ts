import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createLog } from '../../src/log.ts';
import { type KongMigrations, openKongMigrations } from '../../src/migrations/kong-migrations.ts';
import { createPhases } from '../../src/process/phases.ts';
import { limitWaiting } from '../../src/process/stop.ts';
import { knowSettings } from '../../src/references/known-settings.ts';
import { settingsFrom } from '../world/settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'output-'));
after(() => rmSync(folder, { recursive: true }));

const { signal } = new AbortController();

/** `kong migrations` of a Kong that prints this, with this password; what is passed on is written to `passed`. */
function kongThatPrints(script: string, password: string, passed: string[] = []): KongMigrations {
  const path = join(folder, 'kong');
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const known = knowSettings({ settings: settingsFrom({ environment: { KONG_PG_PASSWORD: password } }) });
  return openKongMigrations(
    {
      path,
      conf: undefined,
      environment: { PATH: '/usr/bin:/bin' },
      files: new Map(),
      dereferencer: {
        known,
        fetch: async () => known,
        fetchMissing: async () => known,
        fetchThese: async () => known,
      },
      settings: { grace: 100, migrationsTimeout: 0, fastPath: 'on', migrations: 'up' },
      waiting: limitWaiting(signal, 0),
      world: {
        log: createLog({ level: 'error', format: 'text', write: () => undefined, now: Date.now }),
        stop: { signal, onSignal: () => () => undefined },
        phases: createPhases(),
        write: (_, text) => void passed.push(text),
      },
    },
    folder,
  );
}

for (const password of ['true', 'false', 'core', 'needs_bootstrap', '{"needs', 'migrations']) {
  test(`the state of the schema is read as Kong printed it, whatever the password: ${password}`, async () => {
    const kong = kongThatPrints(
      `echo '{"needs_bootstrap":false,"new_migrations":[{"subsystem":"core","migrations":["1"]}]}'`,
      password,
    );
    const { needsBootstrap, hasNew, hasPending } = await kong.readState();
    assert.deepEqual([needsBootstrap, hasNew, hasPending], [false, true, false]);
  });
}

test('what is passed on is masked: of a state that could not be read, and of a step', async () => {
  const passed: string[] = [];
  const kong = kongThatPrints('echo "the password is hunter2-hunter2"; exit 9', 'hunter2-hunter2', passed);
  await assert.rejects(kong.readState());
  await assert.rejects(kong.run('up'));
  assert.deepEqual(passed, ['the password is [secret]\n', 'the password is [secret]\n']);
});

test('a right that lacks is found in what Kong printed, whatever the password', async () => {
  const kong = kongThatPrints('echo "ERROR: permission denied for schema public" >&2; exit 1', 'schema');
  await assert.rejects(kong.run('bootstrap'), /kong migrations bootstrap failed with exit code 1/);
  const error: unknown = await kong.run('bootstrap').catch((thrown: unknown) => thrown);
  assert.match((error as { readonly hint: string }).hint, /GRANT CREATE ON SCHEMA/);
});

test('a reserved name that Kong stops at gets a hint, in whatever order it says so', async () => {
  for (const line of ['workspace name "vaults" is reserved', "Reserved name: the workspace 'vaults' must be renamed"]) {
    const kong = kongThatPrints(`echo "Error: ${line}" >&2; exit 1`, 'schema');
    const error: unknown = await kong.run('up').catch((thrown: unknown) => thrown);
    const { message, hint } = error as { readonly message: string; readonly hint: string };
    assert.equal(
      `${message} | ${hint}`,
      'kong migrations up failed with exit code 1 | Kong 3.15 and later reserve that name: move the workspace to another name with the older Kong (deck gateway dump, sync), delete it, and run this again',
    );
  }
});
