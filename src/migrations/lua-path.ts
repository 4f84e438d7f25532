import { existsSync } from 'node:fs';
import { posix } from 'node:path';

/** The texts that make up Lua's path in a `kong` command, each a list of templates with `;` between them. */
export type LuaPathSources = {
  /** The path of the `kong` program. */
  readonly kong: string;
  readonly luaPackagePath: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
};

/** What `bin/kong` puts before the rest. */
const OF_KONG = ['./?.lua', './?/init.lua'];
/** Where the images have Lua files: LuaRocks', then OpenResty's. */
const FOLDERS_OF_IMAGES = [
  '/usr/local/share/lua/5.1/',
  '/usr/local/openresty/site/lualib/',
  '/usr/local/openresty/lualib/',
  '/usr/local/openresty/luajit/share/lua/5.1/',
];
const FORMS = ['?.lua', '?/init.lua', '?.ljbc', '?/init.ljbc'];

/**
 * The templates that a `kong` command looks a module up by, in order: `lua_package_path`, KONG_LUA_PATH_OVERRIDE, Kong's own, LUA_PATH, and
 * the defaults of the images. Those also follow a path without `;;`: a template too many makes Kong be asked once more, one too few never.
 */
export function luaTemplates({ kong, luaPackagePath, environment }: LuaPathSources): string[] {
  const split = (path: string | undefined): string[] => (path ?? '').split(';').filter((template) => template !== '');
  const folders = [posix.join(posix.dirname(kong), '../share/lua/5.1/'), ...FOLDERS_OF_IMAGES];
  return [
    ...new Set([
      ...split(luaPackagePath),
      ...split(environment['KONG_LUA_PATH_OVERRIDE']),
      ...OF_KONG,
      ...split(environment['LUA_PATH']),
      ...folders.flatMap((folder) => FORMS.map((form) => folder + form)),
    ]),
  ];
}

/** The path that a template makes of a module's name, as `package.searchpath` does; every `?` counts. */
export function pathOf(template: string, module: string): string {
  return template.replaceAll('?', () => module.replaceAll('.', '/'));
}

/** What stands before the module in these templates, each once: `/usr/local/share/lua/5.1/`. */
export function rootsOf(templates: readonly string[]): string[] {
  return [...new Set(templates.map((template) => template.replace(/\?.*$/s, '')))];
}

/**
 * Gives the templates by which a module can be found at all: those with a folder of its first name, looked at once. It spares some twenty
 * looks at every module.
 */
export function narrowTemplates(templates: readonly string[]): (module: string) => readonly string[] {
  const narrowed = new Map<string, readonly string[]>();
  return (module) => {
    const first = module.split('.', 1)[0] ?? '';
    const known = narrowed.get(first) ?? templatesWith(templates, first);
    narrowed.set(first, known);
    return known;
  };
}

function templatesWith(templates: readonly string[], first: string): string[] {
  const roots = new Map(rootsOf(templates).map((root) => [root, existsSync(root + first)]));
  return templates.filter((template) => !template.includes('?') || roots.get(rootsOf([template])[0] ?? '') === true);
}
