import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Knobs, Migration } from './knobs.ts';

const ENTERPRISE_VAULTS = ['aws', 'azure', 'conjur', 'fs', 'gcp', 'hcv'];

/**
 * Lays out the Lua files that tell an onlooker what this Kong has: its vault backends, and the migrations of the core
 * and of each plugin. Enterprise keeps its migrations in a layout that is not public, so there are none for it.
 */
export function layOutLua(lua: string, knobs: Knobs): void {
  rmSync(lua, { recursive: true, force: true });
  const enterprise = knobs.edition === 'enterprise';
  for (const vault of ['env', ...(enterprise ? ENTERPRISE_VAULTS : [])]) {
    write(join(lua, 'kong', 'vaults', vault), 'init.lua', `return { name = "${vault}" }\n`);
  }
  if (enterprise) return;
  for (const [subsystem, migrations] of Map.groupBy(knobs.migrations, (migration) => migration.subsystem)) {
    layOutMigrations(join(lua, migrationsFolder(subsystem)), migrations);
  }
}

function migrationsFolder(subsystem: string): string {
  return subsystem === 'core'
    ? join('kong', 'db', 'migrations', 'core')
    : join('kong', 'plugins', subsystem, 'migrations');
}

function layOutMigrations(folder: string, migrations: readonly Migration[]): void {
  const names = migrations.map((migration) => `  "${migration.name}",\n`).join('');
  write(folder, 'init.lua', `return {\n${names}}\n`);
  for (const { name, up, teardown } of migrations) {
    const teardownField = teardown === undefined ? '' : `    teardown = [[\n${teardown}\n]],\n`;
    write(folder, `${name}.lua`, `return {\n  postgres = {\n    up = [[\n${up}\n]],\n${teardownField}  },\n}\n`);
  }
}

function write(folder: string, name: string, text: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), text);
}
