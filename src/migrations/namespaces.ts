import { findFolders, findModule, listFolders } from './lua-files.ts';

/** Where Kong's images keep the migrations of a plugin. */
const OF_A_PLUGIN = 'kong.plugins.*.migrations';

/** Either the names of the plugins that may be loaded, or what is not found. */
export type Plugins = { readonly names: readonly string[] } | { readonly missing: string };

/**
 * The plugins that `plugins` names. Which of them `bundled` stands for is in Kong's code: here it is every plugin that is found anywhere,
 * which is never less.
 */
export function namesOfPlugins(templates: readonly string[], plugins: readonly string[]): Plugins {
  const names = new Set<string>();
  for (const plugin of plugins) {
    if (plugin === 'off') continue;
    if (plugin === 'bundled') {
      for (const name of findFolders(templates, 'kong.plugins').flatMap(listFolders)) names.add(name);
    } else if (isPlugin(templates, plugin)) names.add(plugin);
    else return { missing: `the plugin ${plugin} is not found in the Lua path` };
  }
  return { names: [...names].sort() };
}

function isPlugin(templates: readonly string[], name: string): boolean {
  const module = `kong.plugins.${name}`;
  return findFolders(templates, module).length > 0 || findModule(templates, `${module}.handler`).length > 0;
}

/**
 * The modules that may hold migrations: those of the namespaces, and of these plugins. Kong finds the latter by patterns, and a namespace with
 * a plugin's name in it shows one. So a plugin that has executed nothing yet is looked for where the others have theirs.
 */
export function modulesOf(plugins: readonly string[], namespaces: readonly string[]): string[] {
  const known = new Set(plugins);
  const patterns = namespaces.flatMap((namespace) => [...patternsOf(namespace.split('.'), known), namespace]);
  const modules = [OF_A_PLUGIN, ...new Set(patterns)].flatMap((pattern) =>
    pattern.includes('*') ? plugins.map((plugin) => pattern.replace('*', () => plugin)) : [pattern],
  );
  return [...new Set(modules.map(familyOf))];
}

function patternsOf(parts: readonly string[], plugins: ReadonlySet<string>): string[] {
  return parts.flatMap((part, index) => (plugins.has(part) ? [parts.with(index, '*').join('.')] : []));
}

/** The folder of migrations that the namespace is in, so that a subsystem added beside it counts: `kong.db.migrations` for its `core`. */
export function familyOf(namespace: string): string {
  return /^(?:.*\.)?migrations(?=\.|$)/.exec(namespace)?.[0] ?? namespace;
}

/**
 * The module paths that the file of `kong.db.migrations.subsystems` names, for a subsystem that has executed nothing yet. LuaJIT's bytecode
 * holds them as they are, each after its length plus 5, and what follows may look like more of it: so both readings count.
 */
export function namespacesIn(content: Buffer): string[] {
  const text = content.toString('latin1');
  return [...text.matchAll(/(?=(kong(?:\.[\w*-]+)+))/g)].flatMap(({ 1: found = '', index }) => {
    const length = text.charCodeAt(index - 1) - 5;
    return length > 4 && length < found.length ? [found, found.slice(0, length)] : [found];
  });
}
