import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where a text was looked for, and where it was found. */
export type Search = { readonly looked: number; readonly found: readonly string[] };

/** Looks into every file below these folders. */
export function searchFiles(text: string, folders: readonly string[]): Search {
  const files = folders.flatMap((folder) => listFiles(folder));
  return { looked: files.length, found: files.filter((file) => read(file).includes(text)) };
}

/** Looks into the environment and the command line of every process that may be looked at. */
export function searchProcesses(text: string): Search {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const files = pids.flatMap((pid) => [`/proc/${pid}/environ`, `/proc/${pid}/cmdline`]);
  return { looked: pids.length, found: files.filter((file) => read(file).includes(text)) };
}

function listFiles(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
}

/** Nothing, where the file has just gone or may not be read. */
function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0);
  }
}
