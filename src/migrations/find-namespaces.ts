import type { ExecutedMigrations } from '../database/memory/schema.ts';
import { findModule, listEntries } from './lua-files.ts';
import { narrowTemplates, rootsOf } from './lua-path.ts';

/** The module path of each subsystem's migrations, as `kong migrations status` names them. */
export type NamedNamespaces = ReadonlyMap<string, string>;

/** Either the namespaces of everything that was executed, or what is not found. */
export type Namespaces = { readonly namespaces: readonly string[] } | { readonly missing: string };

/**
 * Where the migrations of each row of `schema_meta` are. Kong's own word counts where there is one: then a row that it does not name is of a
 * plugin that is not loaded. Else it is every folder with a file for each migration that was executed, for one of them is Kong's.
 */
export function findNamespaces(
  templates: readonly string[],
  executed: readonly ExecutedMigrations[],
  named: NamedNamespaces | undefined,
): Namespaces {
  const rows = executed.filter((row) => namesOf(row).length > 0 && (named === undefined || named.has(row.subsystem)));
  const folders = named === undefined ? foldersOfKong(templates) : undefined;
  const narrow = narrowTemplates(templates);
  const found = new Set<string>();
  for (const row of rows) {
    const namespaces = candidates(row, named, folders).filter((namespace) => holds(narrow(namespace), namespace, row));
    if (namespaces.length === 0) return { missing: notFound(row, named) };
    for (const namespace of namespaces) found.add(namespace);
  }
  if (found.size === 0) return { missing: 'no migration was executed' };
  return { namespaces: [...found].sort() };
}

type Folders = ReadonlyMap<string, ReadonlySet<string>>;

function namesOf({ executed, pending }: ExecutedMigrations): string[] {
  return [...executed, ...pending];
}

function candidates(row: ExecutedMigrations, named?: NamedNamespaces, folders?: Folders): string[] {
  const own = named?.get(row.subsystem);
  if (own !== undefined) return [own];
  const all = [...(folders ?? [])].filter(([, modules]) => namesOf(row).every((migration) => modules.has(migration)));
  return all.map(([namespace]) => namespace);
}

/** Whether Lua finds the list of the migrations, and each that was run. */
function holds(templates: readonly string[], namespace: string, row: ExecutedMigrations): boolean {
  const modules = [namespace, ...namesOf(row).map((migration) => `${namespace}.${migration}`)];
  return modules.every((module) => findModule(templates, module).length > 0);
}

function notFound({ subsystem }: ExecutedMigrations, named: NamedNamespaces | undefined): string {
  const where = named === undefined ? '' : `, ${named.get(subsystem)},`;
  return `the migrations of ${subsystem}${where} are not all found in the Lua path`;
}

/** Every folder below `kong` in the Lua path as a module path, with the names of the modules in it. */
function foldersOfKong(templates: readonly string[]): Folders {
  const folders = new Map<string, Set<string>>();
  for (const root of rootsOf(templates)) collect(`${root}kong`, 'kong', folders);
  return folders;
}

const DEEPEST = 12;

function collect(folder: string, namespace: string, into: Map<string, Set<string>>): void {
  if (namespace.split('.').length > DEEPEST) return;
  const modules = into.get(namespace) ?? new Set();
  into.set(namespace, modules);
  for (const { name, kind } of listEntries(folder)) {
    modules.add(kind === 'folder' ? name : name.replace(/\.(?:lua|ljbc)$/, ''));
    if (kind === 'folder' && !name.includes('.')) collect(`${folder}/${name}`, `${namespace}.${name}`, into);
  }
}
