import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';

/** A migration file of Kong or of a plugin, and what is in it. */
export type LuaFile = { readonly path: string; readonly content: Buffer };

/** The folders that Lua looks for modules in: those of its path templates, then those of the `kong` program and of the images. */
export function luaFolders(kong: string, luaPaths: readonly (string | undefined)[]): string[] {
  const templates = luaPaths.flatMap((path) => (path ?? '').split(';'));
  const folders = templates
    .filter((template) => template.includes('?'))
    .map((template) => template.slice(0, template.indexOf('?')));
  return [...new Set([...folders, posix.join(posix.dirname(kong), '../share/lua/5.1/'), '/usr/local/share/lua/5.1/'])];
}

/** The first of these folders that holds the given one. */
export function findFolder(roots: readonly string[], folder: string): string | undefined {
  return findFolders(roots, folder)[0];
}

/** All that hold it. */
export function findFolders(roots: readonly string[], folder: string): string[] {
  const paths = roots.map((root) => join(root, folder));
  return paths.filter((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory());
}

/** Names of the folders in a folder, symbolic links followed. */
export function listFolders(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory())
    .sort();
}

/** Every file below a folder, symbolic links followed, in the order of their paths. */
export function readFiles(folder: string): LuaFile[] {
  const names = readdirSync(folder).sort();
  return names.flatMap((name) => {
    const path = join(folder, name);
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? readFiles(path) : readFile(path);
  });
}

/** The file, or nothing where there is none. */
export function readFile(path: string): LuaFile[] {
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile();
  return isFile === true ? [{ path, content: readFileSync(path) }] : [];
}
