import { createHash } from 'node:crypto';
import type { ExecutedMigrations } from '../database/memory/schema.ts';
import { codeOf } from '../errors.ts';
import { type LuaFiles, readModule } from './lua-files.ts';
import { luaTemplates, narrowTemplates } from './lua-path.ts';
import { modulesOf, namesOfPlugins, namespacesIn } from './namespaces.ts';

export type FingerprintInput = {
  /** The path of the `kong` program. */
  readonly kong: string;
  readonly kongVersion: string;
  /** `plugins`, as Kong reads it. */
  readonly plugins: readonly string[];
  readonly luaPackagePath: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** The rows of `schema_meta`. */
  readonly executed: readonly ExecutedMigrations[];
  /** The module path of each subsystem's migrations; `kong migrations status` names them. */
  readonly namespaces: readonly string[];
};

export type Fingerprint = { readonly digest: string } | { readonly missing: string };

/** Says which Kong this is, where KONG_VERSION does not: its version, the plugins of `bundled`, and which subsystems there are. */
const ABOUT_KONG = ['kong.meta', 'kong.enterprise_edition.meta', 'kong.constants', 'kong.db.migrations'];

/** The file that says where the subsystems are. */
const SUBSYSTEMS = /\/db\/migrations\/subsystems(?:\/init)?\.(?:lua|ljbc)$/;

/**
 * One text for everything that could change what Kong says of the schema: what is executed, Kong's version, the files of every migration of
 * every subsystem and loaded plugin, the plugins, the Lua path. Each file that a module could be loaded from counts, and every file below
 * it: which of them Lua takes, and which of them its list names, need not be known then. `missing` says what is not found.
 */
export function fingerprintSchema(input: FingerprintInput): Fingerprint {
  const templates = luaTemplates(input);
  const files: LuaFiles = new Map();
  const narrow = narrowTemplates(templates);
  const read = (module: string): void => readModule(narrow(module), module, files);
  try {
    const plugins = namesOfPlugins(narrow('kong'), input.plugins);
    if ('missing' in plugins) return plugins;
    for (const module of ABOUT_KONG) read(module);
    const known = [...files].flatMap(([path, content]) => (SUBSYSTEMS.test(path) ? namespacesIn(content) : []));
    for (const module of modulesOf(plugins.names, [...input.namespaces, ...known])) read(module);
    const { kongVersion, executed } = input;
    const namespaces = input.namespaces.toSorted();
    return { digest: digest([kongVersion, input.plugins, plugins.names, templates, executed, namespaces], files) };
  } catch (error) {
    return { missing: `a folder or a file of Kong's migrations cannot be read (${codeOf(error)})` };
  }
}

function digest(facts: readonly unknown[], files: LuaFiles): string {
  const hash = createHash('sha256').update(JSON.stringify(facts));
  const paths = [...files.keys()].sort();
  for (const path of paths) {
    const content = files.get(path);
    if (content !== undefined) hash.update(JSON.stringify([path, content.length])).update(content);
  }
  return hash.digest('hex');
}
