import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Knobs, Migration } from './knobs.ts';

const ENTERPRISE_VAULTS = ['aws', 'azure', 'conjur', 'fs', 'gcp', 'hcv'];

/**
 * Lays out the Lua files that tell an onlooker what this Kong has: its vault backends, and the migrations of every subsystem. Those of
 * Enterprise are bytecode, as its images hold nothing else; here it is bytes that no text editor shows.
 */
export function layOutLua(lua: string, knobs: Knobs): void {
  rmSync(lua, { recursive: true, force: true });
  const enterprise = knobs.edition === 'enterprise';
  const put = enterprise ? putBytecode : putSource;
  for (const vault of ['env', ...(enterprise ? ENTERPRISE_VAULTS : [])]) {
    put(join(lua, 'kong', 'vaults', vault, 'init'), `return { name = "${vault}" }\n`);
  }
  const subsystems = [...new Set(knobs.migrations.map(({ subsystem }) => subsystem))];
  const named = subsystems.map((name) => `  { name = "${name}", namespace = "${namespaceOf(name)}" },\n`);
  put(join(lua, 'kong', 'db', 'migrations', 'subsystems'), `return {\n${named.join('')}}\n`);
  put(join(lua, 'kong', 'meta'), `return { version = "${knobs.version}" }\n`);
  for (const [subsystem, migrations] of Map.groupBy(knobs.migrations, (migration) => migration.subsystem)) {
    layOutMigrations(join(lua, ...namespaceOf(subsystem).split('.')), migrations, put);
  }
}

/** The module path of a subsystem's migrations. Those of Enterprise's own are guesses. */
export function namespaceOf(subsystem: string): string {
  if (subsystem === 'core') return 'kong.db.migrations.core';
  if (subsystem === 'enterprise') return 'kong.enterprise_edition.db.migrations.enterprise';
  const plugin = /^enterprise\.(.+)$/.exec(subsystem)?.[1];
  return plugin === undefined ? `kong.plugins.${subsystem}.migrations` : `kong.plugins.${plugin}.migrations.enterprise`;
}

type Put = (path: string, text: string) => void;

function layOutMigrations(folder: string, migrations: readonly Migration[], put: Put): void {
  const names = migrations.map((migration) => `  "${migration.name}",\n`).join('');
  put(join(folder, 'init'), `return {\n${names}}\n`);
  for (const { name, up, teardown } of migrations) {
    const teardownField = teardown === undefined ? '' : `    teardown = [[\n${teardown}\n]],\n`;
    put(join(folder, name), `return {\n  postgres = {\n    up = [[\n${up}\n]],\n${teardownField}  },\n}\n`);
  }
}

function putSource(path: string, text: string): void {
  write(`${path}.lua`, text);
}

/** The first bytes are those of LuaJIT's bytecode. */
function putBytecode(path: string, text: string): void {
  const bytes = Buffer.from(text).map((byte) => byte ^ 0xff);
  write(`${path}.ljbc`, Buffer.concat([Buffer.from('\x1bLJ\x02\n', 'latin1'), bytes]));
}

function write(path: string, content: string | Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
