import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { findNamespaces } from '../../src/migrations/find-namespaces.ts';
import { type FingerprintInput, fingerprintSchema } from '../../src/migrations/fingerprint.ts';
import { luaTemplates } from '../../src/migrations/lua-path.ts';

/** Bytes that are no text, as LuaJIT's bytecode is none. */
const bytecode = Buffer.from([0x1b, 0x4c, 0x4a, 0x02, 0x00, 0xff, 0x80, 0x0a]);

/** What `kong migrations status` names. */
const ofKong: ReadonlyMap<string, string> = new Map([
  ['core', 'kong.db.migrations.core'],
  ['acl', 'kong.plugins.acl.migrations'],
  ['enterprise', 'kong.enterprise_edition.db.migrations.enterprise'],
  ['enterprise.acl', 'kong.plugins.acl.migrations.enterprise'],
  ['mine', 'kong.plugins.mine.migrations'],
]);

let folder: string;
let input: FingerprintInput;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fingerprint-'));
  write('usr/share/lua/5.1/kong/db/migrations/core/init.lua', 'return { "000_base", "001_next" }');
  write('usr/share/lua/5.1/kong/db/migrations/core/000_base.lua', 'core 0');
  write('usr/share/lua/5.1/kong/db/migrations/core/001_next.lua', 'core 1');
  write('usr/share/lua/5.1/kong/db/migrations/operations/212_to_213.lua', 'operations');
  write('usr/share/lua/5.1/kong/plugins/acl/handler.lua', 'no migrations here');
  write('usr/share/lua/5.1/kong/plugins/acl/migrations/init.ljbc', bytecode);
  write('usr/share/lua/5.1/kong/plugins/acl/migrations/000_base_acl.ljbc', bytecode);
  write('usr/share/lua/5.1/kong/plugins/acl/migrations/enterprise/init.ljbc', bytecode);
  write('usr/share/lua/5.1/kong/plugins/acl/migrations/enterprise/001_1500_to_2100.ljbc', bytecode);
  write('usr/share/lua/5.1/kong/enterprise_edition/db/migrations/enterprise/init.ljbc', bytecode);
  write('usr/share/lua/5.1/kong/enterprise_edition/db/migrations/enterprise/000_base.ljbc', bytecode);
  write('usr/share/lua/5.1/kong/plugins/acl/migrations/more/one.lua', 'acl more');
  write('usr/share/lua/5.1/kong/plugins/cors/handler.lua', 'no migrations at all');
  write('own/kong/plugins/mine/migrations/init.lua', 'return { "000_mine" }');
  write('own/kong/plugins/mine/migrations/000_mine.lua', 'mine 0');
  write('elsewhere/theirs/migrations/000_theirs.lua', 'theirs 0');
  write('elsewhere/other/migrations/000_theirs.lua', 'theirs 0');
  symlinkSync(join(folder, 'elsewhere/theirs'), join(folder, 'own/kong/plugins/theirs'));
  input = {
    kong: join(folder, 'usr/bin/kong'),
    kongVersion: '3.9.3',
    plugins: ['bundled', 'mine', 'theirs'],
    luaPackagePath: `${join(folder, 'own')}/?.lua;${join(folder, 'own')}/?/init.lua;;`,
    environment: {},
    executed: [
      { subsystem: 'core', lastExecuted: '001_next', executed: ['000_base', '001_next'], pending: [] },
      { subsystem: 'acl', lastExecuted: '000_base_acl', executed: ['000_base_acl'], pending: [] },
      row('enterprise', '000_base'),
      row('enterprise.acl', '001_1500_to_2100'),
      { subsystem: 'mine', lastExecuted: '000_mine', executed: ['000_mine'], pending: [] },
    ],
    namespaces: [...ofKong.values()],
  };
});
afterEach(() => rmSync(folder, { recursive: true }));

function row(subsystem: string, migration: string): FingerprintInput['executed'][number] {
  return { subsystem, lastExecuted: migration, executed: [migration], pending: [] };
}

function digestOf(given: FingerprintInput): string {
  const fingerprint = fingerprintSchema(given);
  assert.ok('digest' in fingerprint, JSON.stringify(fingerprint));
  return fingerprint.digest;
}

function write(path: string, text: string | Buffer): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function remove(path: string): void {
  rmSync(join(folder, path), { recursive: true });
}

function rename(path: string, from: string, to: string): void {
  renameSync(join(folder, path + from), join(folder, path + to));
}

type Change = () => Partial<FingerprintInput>;

/** Replaces the row of the core. */
function core(row: Partial<FingerprintInput['executed'][number]>): Partial<FingerprintInput> {
  return { executed: input.executed.map((old) => (old.subsystem === 'core' ? { ...old, ...row } : old)) };
}

function afterWriting(path: string, text: string | Buffer): Change {
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
  lua_package_path: () => ({ luaPackagePath: `${join(folder, 'own')}/?.lua` }),
  'the order of lua_package_path': () => ({
    luaPackagePath: `${join(folder, 'own')}/?/init.lua;${join(folder, 'own')}/?.lua;;`,
  }),
  LUA_PATH: () => ({ environment: { LUA_PATH: '/nowhere/?.lua' } }),
  KONG_LUA_PATH_OVERRIDE: () => ({ environment: { KONG_LUA_PATH_OVERRIDE: '/nowhere/?.lua;' } }),
  'where the kong program is': () => ({ kong: join(folder, 'opt/bin/kong') }),
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
  'a byte of bytecode of a plugin': afterWriting(
    'usr/share/lua/5.1/kong/plugins/acl/migrations/000_base_acl.ljbc',
    Buffer.concat([bytecode, Buffer.from([0])]),
  ),
  'a byte of bytecode of the enterprise subsystem': afterWriting(
    'usr/share/lua/5.1/kong/enterprise_edition/db/migrations/enterprise/init.ljbc',
    Buffer.concat([bytecode, Buffer.from([0])]),
  ),
  'a new migration of the enterprise subsystem': afterWriting(
    'usr/share/lua/5.1/kong/enterprise_edition/db/migrations/enterprise/001_next.ljbc',
    bytecode,
  ),
  'a subsystem beside the enterprise one': afterWriting(
    'usr/share/lua/5.1/kong/enterprise_edition/db/migrations/more/init.ljbc',
    bytecode,
  ),
  'first migrations of the enterprise kind of a plugin': afterWriting(
    'usr/share/lua/5.1/kong/plugins/cors/migrations/enterprise/init.ljbc',
    bytecode,
  ),
  'which subsystems there are': afterWriting('usr/share/lua/5.1/kong/db/migrations/subsystems.ljbc', bytecode),
  "Kong's own word for its version": afterWriting('usr/share/lua/5.1/kong/meta.ljbc', bytecode),
  'a namespace that is moved from .lua to .ljbc under the same name': () => {
    for (const name of ['init', '000_base', '001_next'])
      rename(`usr/share/lua/5.1/kong/db/migrations/core/${name}`, '.lua', '.ljbc');
    return {};
  },
  'a migration that another folder of the Lua path puts before it': afterWriting(
    'own/kong/db/migrations/core/001_next.lua',
    'core 2',
  ),
  'a symbolic link that is turned to another folder': () => {
    unlinkSync(join(folder, 'own/kong/plugins/theirs'));
    write('elsewhere/other/migrations/000_theirs.lua', 'theirs 1');
    symlinkSync(join(folder, 'elsewhere/other'), join(folder, 'own/kong/plugins/theirs'));
    return {};
  },
  'a namespace of its own': () => ({ namespaces: [...input.namespaces, 'kong.enterprise_edition'] }),
  'a file that moved its end into the next': () => {
    write('usr/share/lua/5.1/kong/db/migrations/core/000_base.lua', 'core');
    write('usr/share/lua/5.1/kong/db/migrations/core/001_next.lua', ' 0core 1');
    return {};
  },
};

for (const [name, change] of Object.entries(changes)) {
  test(`the fingerprint changes with ${name}`, () => {
    const before = digestOf(input);
    const after = digestOf({ ...input, ...change() });
    assert.match(before, /^[0-9a-f]{64}$/);
    assert.notEqual(after, before);
  });
}

const indifferent: Readonly<Record<string, Change>> = {
  nothing: () => ({}),
  'the code of a plugin': afterWriting('usr/share/lua/5.1/kong/plugins/acl/handler.lua', 'changed'),
  'code of Kong': afterWriting('usr/share/lua/5.1/kong/router/init.lua', 'changed'),
  'what is beside the Lua path': afterWriting('elsewhere/kong/db/migrations/core/002_new.lua', ''),
  'variables that no Lua path is made of': () => ({ environment: { PATH: '/bin', KONG_LOG_LEVEL: 'debug' } }),
  'the order of the namespaces': () => ({ namespaces: input.namespaces.toReversed() }),
  'a symbolic link that leads nowhere': () => {
    symlinkSync('/nowhere', join(folder, 'usr/share/lua/5.1/kong/db/migrations/core/nowhere.lua'));
    return {};
  },
};

for (const [name, change] of Object.entries(indifferent)) {
  test(`the fingerprint does not change with ${name}`, () => {
    const before = digestOf(input);
    assert.equal(digestOf({ ...input, ...change() }), before);
  });
}

test('symbolic links that lead round in a circle have an end', () => {
  const before = digestOf(input);
  symlinkSync(join(folder, 'usr/share/lua/5.1/kong'), join(folder, 'usr/share/lua/5.1/kong/db/migrations/core/around'));
  assert.notEqual(digestOf(input), before);
});

const missing: Readonly<Record<string, Change>> = {
  'the plugin absent is not found in the Lua path': () => ({ plugins: [...input.plugins, 'absent'] }),
  'the plugin theirs is not found in the Lua path': () => {
    remove('elsewhere');
    return {};
  },
};

for (const [reason, change] of Object.entries(missing)) {
  test(`there is no fingerprint where ${reason}`, () => {
    assert.deepEqual(fingerprintSchema({ ...input, ...change() }), { missing: reason });
  });
}

/** The namespaces of what was executed, with Kong's word or without. */
function namespacesOf(named: ReadonlyMap<string, string> | undefined, change: Change = () => ({})) {
  const changed = { ...input, ...change() };
  return findNamespaces(luaTemplates(changed), changed.executed, named);
}

test("the namespaces are Kong's word, and the same where only the files tell", () => {
  const all = [...ofKong.values()].sort();
  assert.deepEqual(namespacesOf(ofKong), { namespaces: all });
  assert.deepEqual(namespacesOf(undefined), { namespaces: all });
});

test('where only the files tell, every folder that it could be counts', () => {
  write('usr/share/lua/5.1/kong/plugins/cors/migrations/init.lua', '');
  write('usr/share/lua/5.1/kong/plugins/cors/migrations/000_base_acl/init.lua', '');
  assert.deepEqual(namespacesOf(undefined), {
    namespaces: [...ofKong.values(), 'kong.plugins.cors.migrations'].sort(),
  });
});

test('a row of schema_meta that Kong does not name is of a plugin that is not loaded', () => {
  const change = () => ({ executed: [...input.executed, row('gone', '000_gone')] });
  assert.deepEqual(namespacesOf(ofKong, change), { namespaces: [...ofKong.values()].sort() });
  assert.deepEqual(namespacesOf(undefined, change), {
    missing: 'the migrations of gone are not all found in the Lua path',
  });
});

const lost: Readonly<Record<string, [reason: string, change: Change]>> = {
  'the core is not there': [
    'the migrations of core, kong.db.migrations.core, are not all found in the Lua path',
    () => {
      remove('usr/share/lua/5.1/kong/db');
      return {};
    },
  ],
  'an executed migration has no file': [
    'the migrations of core, kong.db.migrations.core, are not all found in the Lua path',
    () => core({ executed: ['000_base', '001_next', '002_gone'] }),
  ],
  'a pending migration has no file': [
    'the migrations of core, kong.db.migrations.core, are not all found in the Lua path',
    () => core({ pending: ['002_gone'] }),
  ],
  'the list of the migrations has no file': [
    'the migrations of enterprise.acl, kong.plugins.acl.migrations.enterprise, are not all found in the Lua path',
    () => {
      remove('usr/share/lua/5.1/kong/plugins/acl/migrations/enterprise/init.ljbc');
      return {};
    },
  ],
  'nothing was executed': ['no migration was executed', () => ({ executed: [] })],
};

for (const [name, [reason, change]] of Object.entries(lost)) {
  test(`there are no namespaces where ${name}`, () => {
    assert.deepEqual(namespacesOf(ofKong, change), { missing: reason });
  });
}
