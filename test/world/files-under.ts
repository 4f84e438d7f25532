import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files below this folder, but for folders that are not to be looked into. What goes away meanwhile is skipped. */
export function filesUnder(path: string, except: readonly string[]): string[] {
  if (except.includes(path)) return [];
  try {
    return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
      const inside = join(path, entry.name);
      if (entry.isDirectory()) return filesUnder(inside, except);
      return entry.isFile() ? [inside] : [];
    });
  } catch {
    return [path];
  }
}

/** What a search looks at: the file's path, for a name counts as well, and what is in it if it is still there. */
export function readPathAndFile(path: string): string {
  try {
    return `${path}\n${readFileSync(path, 'latin1')}`;
  } catch {
    return path;
  }
}
