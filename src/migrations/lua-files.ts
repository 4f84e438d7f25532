import { readdirSync, readFileSync, realpathSync, type Stats, statSync } from 'node:fs';
import { pathOf, rootsOf } from './lua-path.ts';

/** Files of Lua modules and what is in them, by their path. */
export type LuaFiles = Map<string, Buffer>;

/** The files that a module can be loaded from, in the order of the templates: Lua takes the first. */
export function findModule(templates: readonly string[], module: string): string[] {
  return templates.map((template) => pathOf(template, module)).filter((path) => statsOf(path)?.isFile());
}

/** The folders that modules below this one are looked for in. */
export function findFolders(templates: readonly string[], module: string): string[] {
  const paths = rootsOf(templates).map((root) => root + module.replaceAll('.', '/'));
  return paths.filter((path) => statsOf(path)?.isDirectory());
}

/** Names of the folders in a folder, symbolic links followed. */
export function listFolders(folder: string): string[] {
  const folders = listEntries(folder).filter(({ kind }) => kind === 'folder');
  return folders.map(({ name }) => name).sort();
}

/** What is in a folder, symbolic links followed; nothing where there is no such folder. */
export function listEntries(folder: string): { readonly name: string; readonly kind: 'folder' | 'file' | 'other' }[] {
  if (!statsOf(folder)?.isDirectory()) return [];
  return readdirSync(folder, { withFileTypes: true }).map((entry) => {
    const stats = entry.isSymbolicLink() ? statsOf(`${folder}/${entry.name}`) : entry;
    if (stats?.isDirectory()) return { name: entry.name, kind: 'folder' };
    return { name: entry.name, kind: stats?.isFile() ? 'file' : 'other' };
  });
}

/** Reads every file that the module, or one below it, can be loaded from. */
export function readModule(templates: readonly string[], module: string, into: LuaFiles): void {
  for (const path of findModule(templates, module)) readOnce(path, into);
  for (const folder of findFolders(templates, module)) readFolder(folder, [], into);
}

/** Every file below the folder, symbolic links followed; a link to a folder around it leads nowhere new. */
function readFolder(folder: string, around: readonly string[], into: LuaFiles): void {
  for (const { name, kind } of listEntries(folder)) {
    const path = `${folder}/${name}`;
    if (kind === 'file') readOnce(path, into);
    if (kind !== 'folder') continue;
    const inside = [...around, realpathSync(folder)];
    if (!inside.includes(realpathSync(path))) readFolder(path, inside, into);
  }
}

function readOnce(path: string, into: LuaFiles): void {
  if (!into.has(path)) into.set(path, readFileSync(path));
}

/** Undefined also for a link that leads to itself, and where a file stands in place of a folder. */
function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
