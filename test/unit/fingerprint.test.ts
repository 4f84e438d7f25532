import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { type FingerprintInput, fingerprintSchema } from '../../src/migrations/fingerprint.ts';

let folder: string;
let input: FingerprintInput;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fingerprint-'));
  write('usr/share/lua/5.1/kong/db/migrations/core/init.lua', 'return { "000_base", "001_next" }');
  write('usr/share/lua/5.1/kong/db/migrations/core/000_base.lua', 'core 0');
  write('usr/share/lua/5.1/kong/db/migrations/core/001_next.lua', 'core 1');
  write('usr/share/lua/5.1/kong/db/migrations/operations/212_to_213.lua', 'operations');
  write('usr/share/lua/5.1/kong/plugins/acl/handler.lua', 'no migrations here');
  write('usr/share/lua/5.1/kong/plugins/acl/migrations/000_base_acl.lua', 'acl 0');
  write('usr/share/lua/5.1/kong/plugins/acl/migrations/more/one.lua', 'acl more');
  write('usr/share/lua/5.1/kong/plugins/cors/handler.lua', 'no migrations at all');
  write('own/kong/plugins/mine/migrations/000_mine.lua', 'mine 0');
  write('elsewhere/theirs/migrations/000_theirs.lua', 'theirs 0');
  symlinkSync(join(folder, 'elsewhere/theirs'), join(folder, 'own/kong/plugins/theirs'));
  input = {
    kong: join(folder, 'usr/bin/kong'),
    kongVersion: '3.9.3',
    plugins: ['bundled', 'mine', 'theirs'],
    luaPaths: [`${join(folder, 'own')}/?.lua;;`, undefined],
    executed: [
      { subsystem: 'core', lastExecuted: '001_next', executed: ['000_base', '001_next'], pending: [] },
      { subsystem: 'acl', lastExecuted: '000_base_acl', executed: ['000_base_acl'], pending: [] },
      { subsystem: 'mine', lastExecuted: '000_mine', executed: ['000_mine'], pending: [] },
    ],
  };
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function remove(path: string): void {
  rmSync(join(folder, path), { recursive: true });
}

type Change = () => Partial<FingerprintInput>;

/** Replaces the row of the core. */
function core(row: Partial<FingerprintInput['executed'][number]>): Partial<FingerprintInput> {
  return { executed: input.executed.map((old) => (old.subsystem === 'core' ? { ...old, ...row } : old)) };
}

function afterWriting(path: string, text: string): Change {
  return () => {
    write(path, text);
    return {};
  };
}

const changes: Readonly<Record<string, Change>> = {
  "Kong's version": () => ({ kongVersion: '3.9.4' }),
  'the last executed migration': () => core({ lastExecuted: '000_base' }),
  'an executed migration less': () => core({ executed: ['000_base'] }),
  'a pending migration': () => core({ pending: ['001_next'] }),
  'a row of schema_meta less': () => ({ executed: input.executed.slice(1) }),
  'a plugin less': () => ({ plugins: ['bundled', 'mine'] }),
  'a plugin more, that has no migrations': () => ({ plugins: [...input.plugins, 'cors'] }),
  lua_package_path: () => ({ luaPaths: [`${join(folder, 'own')}/?.lua`, undefined] }),
  LUA_PATH: () => ({ luaPaths: [input.luaPaths[0], '/nowhere/?.lua'] }),
  'what a migration of the core does': afterWriting('usr/share/lua/5.1/kong/db/migrations/core/001_next.lua', 'core 2'),
  'the list of migrations of the core': afterWriting('usr/share/lua/5.1/kong/db/migrations/core/init.lua', 'return {}'),
  'a new migration of the core': afterWriting('usr/share/lua/5.1/kong/db/migrations/core/002_new.lua', ''),
  'what the migrations of the core share': afterWriting(
    'usr/share/lua/5.1/kong/db/migrations/operations/212_to_213.lua',
    'other',
  ),
  'what a migration of a bundled plugin does': afterWriting(
    'usr/share/lua/5.1/kong/plugins/acl/migrations/000_base_acl.lua',
    'acl 1',
  ),
  'a file deeper in the migrations of a plugin': afterWriting(
    'usr/share/lua/5.1/kong/plugins/acl/migrations/more/one.lua',
    'acl less',
  ),
  'first migrations of a bundled plugin': afterWriting(
    'usr/share/lua/5.1/kong/plugins/cors/migrations/000_cors.lua',
    'cors 0',
  ),
  'a bundled plugin more': afterWriting('usr/share/lua/5.1/kong/plugins/zipkin/migrations/000_zipkin.lua', 'zipkin 0'),
  'what a migration of a plugin on the Lua path does': afterWriting(
    'own/kong/plugins/mine/migrations/000_mine.lua',
    'mine 1',
  ),
  'the list of migrations of a plugin, in a file beside the folder': afterWriting(
    'own/kong/plugins/mine/migrations.lua',
    'return {}',
  ),
  'what a migration of a plugin behind a symbolic link does': afterWriting(
    'elsewhere/theirs/migrations/000_theirs.lua',
    'theirs 1',
  ),
  'a file that moved its end into the next': () => {
    write('usr/share/lua/5.1/kong/db/migrations/core/000_base.lua', 'core');
    write('usr/share/lua/5.1/kong/db/migrations/core/001_next.lua', ' 0core 1');
    return {};
  },
};

for (const [name, change] of Object.entries(changes)) {
  test(`the fingerprint changes with ${name}`, () => {
    const before = fingerprintSchema(input);
    const after = fingerprintSchema({ ...input, ...change() });
    assert.match(before ?? '', /^[0-9a-f]{64}$/);
    assert.match(after ?? '', /^[0-9a-f]{64}$/);
    assert.notEqual(after, before);
  });
}

test('the fingerprint is the same for the same, and does not tell of files beside the migrations', () => {
  const before = fingerprintSchema(input);
  write('usr/share/lua/5.1/kong/plugins/acl/handler.lua', 'changed');
  write('usr/share/lua/5.1/kong/router/init.lua', 'changed');
  assert.equal(fingerprintSchema({ ...input }), before);
});

const missing: Readonly<Record<string, Change>> = {
  'the migrations of the core': () => {
    remove('usr/share/lua/5.1/kong/db');
    return {};
  },
  'a migration of the core that was executed': () => core({ executed: ['000_base', '001_next', '002_gone'] }),
  'a migration of a plugin that was executed': () => {
    remove('own/kong/plugins/mine/migrations/000_mine.lua');
    write('own/kong/plugins/mine/migrations/001_other.lua', '');
    return {};
  },
  'a plugin': () => ({ plugins: [...input.plugins, 'absent'] }),
  'the folder that a symbolic link leads to': () => {
    remove('elsewhere');
    return {};
  },
  'the plugin of a row of schema_meta': () => ({ plugins: ['acl', 'theirs'] }),
};

for (const [name, change] of Object.entries(missing)) {
  test(`there is no fingerprint without ${name}`, () => {
    assert.equal(fingerprintSchema({ ...input, ...change() }), undefined);
  });
}
