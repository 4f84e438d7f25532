import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { ExecutedMigrations } from '../database/memory/schema.ts';
import { findFolder, findFolders, type LuaFile, listFolders, luaFolders, readFile, readFiles } from './lua-files.ts';

export type FingerprintInput = {
  /** The path of the `kong` program. */
  readonly kong: string;
  readonly kongVersion: string;
  /** `plugins`, as Kong reads it. */
  readonly plugins: readonly string[];
  /** `lua_package_path` and `LUA_PATH`. */
  readonly luaPaths: readonly (string | undefined)[];
  /** The rows of `schema_meta`. */
  readonly executed: readonly ExecutedMigrations[];
};

/**
 * One text for everything that could change what Kong says of the schema: what is executed, Kong's version, the migration files of core and
 * of every loaded plugin, the plugins, the Lua path. Undefined where those files cannot all be found: every migration that was executed must
 * have its file, and every plugin its folder.
 */
export function fingerprintSchema(input: FingerprintInput): string | undefined {
  const roots = luaFolders(input.kong, input.luaPaths);
  const plugins = findPlugins(roots, input.plugins);
  const core = findFolder(roots, 'kong/db/migrations');
  if (plugins === undefined || core === undefined) return undefined;
  const files = [core, ...plugins.values()].flatMap((folder) => [...readFile(`${folder}.lua`), ...readFiles(folder)]);
  const folders = new Map([...plugins, ['core', join(core, 'core')]]);
  const paths = new Set(files.map(({ path }) => path));
  if (!input.executed.every((row) => hasFiles(row, folders, paths))) return undefined;
  return digest(input, files);
}

/** The migrations folder of each plugin that has one; undefined where a plugin is not found. */
function findPlugins(roots: readonly string[], plugins: readonly string[]): Map<string, string> | undefined {
  const found = new Map<string, string>();
  for (const name of plugins.flatMap((plugin) => (plugin === 'bundled' ? bundledPlugins(roots) : [plugin]))) {
    if (name === 'off') continue;
    if (findFolder(roots, `kong/plugins/${name}`) === undefined) return undefined;
    const folder = findFolder(roots, `kong/plugins/${name}/migrations`);
    if (folder !== undefined) found.set(name, folder);
  }
  return found;
}

/** Which plugins `bundled` stands for is in Kong's code: here it is every plugin that is found anywhere, which is never less. */
function bundledPlugins(roots: readonly string[]): string[] {
  return [...new Set(findFolders(roots, 'kong/plugins').flatMap(listFolders))].sort();
}

function hasFiles(
  { subsystem, executed }: ExecutedMigrations,
  folders: ReadonlyMap<string, string>,
  paths: ReadonlySet<string>,
): boolean {
  const folder = folders.get(subsystem);
  return folder !== undefined && executed.every((migration) => paths.has(join(folder, `${migration}.lua`)));
}

function digest({ kongVersion, plugins, luaPaths, executed }: FingerprintInput, files: readonly LuaFile[]): string {
  const hash = createHash('sha256').update(JSON.stringify([kongVersion, plugins, luaPaths, executed]));
  for (const { path, content } of files) hash.update(JSON.stringify([path, content.length])).update(content);
  return hash.digest('hex');
}
