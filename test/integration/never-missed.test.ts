import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import type { ExecutedMigrations } from '../../src/database/memory/schema.ts';
import { findNamespaces } from '../../src/migrations/find-namespaces.ts';
import { type FingerprintInput, fingerprintSchema } from '../../src/migrations/fingerprint.ts';
import { luaTemplates } from '../../src/migrations/lua-path.ts';

const home = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'never-missed-'));
after(() => rmSync(home, { recursive: true }));

const plugins = ['acl', 'cors', 'jwt', 'mine'] as const;
const bundled: readonly string[] = ['acl', 'cors', 'jwt'];

/** How Kong finds its subsystems (db/migrations/subsystems.lua): by name, or by a pattern for each loaded plugin. */
const subsystems = [
  ['core', 'kong.db.migrations.core'],
  ['enterprise', 'kong.enterprise_edition.db.migrations.enterprise'],
  ['*', 'kong.plugins.*.migrations'],
  ['enterprise.*', 'kong.plugins.*.migrations.enterprise'],
] as const;
const modules = subsystems.flatMap(([, namespace]) =>
  namespace.includes('*') ? plugins.map((plugin) => namespace.replace('*', plugin)) : [namespace],
);

/** A tree of Lua files in two places, and what says which of them count. */
type Tree = { readonly folder: string; plugins: readonly string[]; isOwnFirst: boolean };
type Extension = 'lua' | 'ljbc';

const placeOf = ({ folder }: Tree, place: 'own' | 'image'): string =>
  join(folder, place === 'own' ? 'own' : 'usr/share/lua/5.1');
const luaPackagePath = (tree: Tree): string => {
  const own = placeOf(tree, 'own');
  return tree.isOwnFirst ? `${own}/?.lua;${own}/?/init.lua;${own}/?.ljbc;${own}/?/init.ljbc;;` : ';;';
};

function write(path: string, names: readonly string[]): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `\x1bLJ${JSON.stringify(names)}`);
}

function put(
  tree: Tree,
  place: 'own' | 'image',
  namespace: string,
  names: readonly string[],
  extension: Extension,
): void {
  const folder = join(placeOf(tree, place), namespace.replaceAll('.', '/'));
  write(join(folder, `init.${extension}`), names);
  for (const name of names) write(join(folder, `${name}.${extension}`), []);
}

/** The rule of Kong, by itself: the first template that has the module. */
function find(tree: Tree, module: string): string | undefined {
  const path = module.replaceAll('.', '/');
  const roots = [...(tree.isOwnFirst ? [placeOf(tree, 'own')] : []), placeOf(tree, 'image')];
  const forms = ['.lua', '/init.lua', '.ljbc', '/init.ljbc'];
  return roots.flatMap((root) => forms.map((form) => join(root, path + form))).find((file) => existsSync(file));
}

/** What this Kong would load: each subsystem that has a list of migrations, and their names. */
function load(tree: Tree): Map<string, { namespace: string; names: readonly string[] }> {
  const loaded = tree.plugins.flatMap((plugin) => (plugin === 'bundled' ? bundled : [plugin]));
  const all = subsystems.flatMap(([name, namespace]) =>
    name.includes('*')
      ? loaded.map((plugin) => [name.replace('*', plugin), namespace.replace('*', plugin)] as const)
      : [[name, namespace] as const],
  );
  const found = new Map<string, { namespace: string; names: readonly string[] }>();
  for (const [name, namespace] of all) {
    const file = find(tree, namespace);
    if (file === undefined) continue;
    const names = JSON.parse(readFileSync(file, 'utf8').slice(3)) as string[];
    if (names.length > 0) found.set(name, { namespace, names });
  }
  return found;
}

function inputOf(tree: Tree, executed: readonly ExecutedMigrations[], namespaces: readonly string[]): FingerprintInput {
  return {
    kong: join(tree.folder, 'usr/bin/kong'),
    kongVersion: '3.10.0.1',
    plugins: tree.plugins,
    luaPackagePath: luaPackagePath(tree),
    environment: {},
    executed,
    namespaces,
  };
}

type Change = (tree: Tree) => void;

const names = fc.uniqueArray(fc.constantFrom('000_base', '001_next', '002_more', '003_last'), { maxLength: 4 });
const place = fc.constantFrom('own' as const, 'image' as const);
const extension = fc.constantFrom('lua' as const, 'ljbc' as const);
const module = fc.constantFrom(...modules);

/** What may happen to an image between two starts. */
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(place, module, names, extension).map(
    ([at, namespace, list, form]): Change =>
      (tree) =>
        put(tree, at, namespace, list, form),
  ),
  fc.tuple(place, module, names).map(
    ([at, namespace, list]): Change =>
      (tree) =>
        write(`${join(placeOf(tree, at), namespace.replaceAll('.', '/'))}.lua`, list),
  ),
  fc.tuple(place, module).map(
    ([at, namespace]): Change =>
      (tree) =>
        rmSync(join(placeOf(tree, at), namespace.replaceAll('.', '/')), { recursive: true, force: true }),
  ),
  fc.tuple(place, module).map(
    ([at, namespace]): Change =>
      (tree) => {
        const list = join(placeOf(tree, at), namespace.replaceAll('.', '/'), 'init');
        if (existsSync(`${list}.lua`)) renameSync(`${list}.lua`, `${list}.ljbc`);
      },
  ),
  fc.tuple(fc.constantFrom(...plugins), names).map(
    ([plugin, list]): Change =>
      (tree) => {
        const target = join(tree.folder, 'elsewhere', plugin);
        const link = join(placeOf(tree, 'own'), 'kong/plugins', plugin);
        write(join(target, 'migrations/init.lua'), list);
        for (const name of list) write(join(target, `migrations/${name}.lua`), []);
        rmSync(link, { recursive: true, force: true });
        mkdirSync(dirname(link), { recursive: true });
        symlinkSync(target, link);
      },
  ),
  fc.subarray(['bundled', 'mine']).map(
    (list): Change =>
      (tree) => {
        tree.plugins = list;
      },
  ),
  fc.constant((tree: Tree): void => {
    tree.isOwnFirst = !tree.isOwnFirst;
  }),
  fc.constant((tree: Tree): void => write(join(placeOf(tree, 'image'), 'kong/router/init.lua'), ['unrelated'])),
);

type Laid = [at: 'own' | 'image', namespace: string, names: readonly string[], extension: Extension];
const image: fc.Arbitrary<Laid[]> = fc.array(fc.tuple(place, module, names, extension), { maxLength: 6 });

const seen = { new: 0, remembered: 0, forgotten: 0 };

function layOut(tree: Tree, first: readonly Laid[]): void {
  put(tree, 'image', 'kong.db.migrations.core', ['000_base'], 'ljbc');
  const list = join(placeOf(tree, 'image'), 'kong/db/migrations/subsystems.ljbc');
  const constants = subsystems.map(([, namespace]) => `${String.fromCharCode(namespace.length + 5)}${namespace}`);
  mkdirSync(dirname(list), { recursive: true });
  writeFileSync(list, `\x1bLJ${constants.join('')}z`);
  for (const plugin of plugins) write(join(placeOf(tree, 'image'), `kong/plugins/${plugin}/handler.ljbc`), []);
  for (const [at, namespace, names, form] of first) put(tree, at, namespace, names, form);
}

function hasNew(tree: Tree, executed: readonly ExecutedMigrations[]): boolean {
  return [...load(tree)].some(([subsystem, { names: list }]) => {
    const row = executed.find((one) => one.subsystem === subsystem);
    return list.some((name) => !row?.executed.includes(name));
  });
}

function note(isNew: boolean, isRemembered: boolean): void {
  seen[isNew ? 'new' : isRemembered ? 'remembered' : 'forgotten'] += 1;
  assert.ok(!(isNew && isRemembered), 'a new migration was missed');
}

/** A start that finds the schema ready and remembers it, then one after each change: it may believe that only where nothing is new. */
function round(first: readonly Laid[], changes: readonly Change[], isAsked: boolean): void {
  const tree: Tree = { folder: mkdtempSync(join(home, 'tree-')), plugins: ['bundled', 'mine'], isOwnFirst: true };
  try {
    layOut(tree, first);
    const loaded = load(tree);
    const executed = [...loaded].map(([subsystem, { names: list }]) => {
      return { subsystem, lastExecuted: list.at(-1) ?? null, executed: list, pending: [] };
    });
    const named = new Map([...loaded].map(([subsystem, { namespace }]) => [subsystem, namespace]));
    const found = findNamespaces(luaTemplates(inputOf(tree, executed, [])), executed, isAsked ? named : undefined);
    if ('missing' in found) return;
    const fingerprint = () => JSON.stringify(fingerprintSchema(inputOf(tree, executed, found.namespaces)));
    const remembered = fingerprint();
    for (const apply of changes) {
      apply(tree);
      note(hasNew(tree, executed), fingerprint() === remembered);
    }
  } finally {
    rmSync(tree.folder, { recursive: true });
  }
}

for (const [rounds, length] of [
  [300, ''],
  [10_000, ', at length'],
] as const) {
  test(`a migration that is new is never missed: ${rounds} random trees and orders of changes${length}`, (t) => {
    fc.assert(fc.property(image, fc.array(change, { minLength: 1, maxLength: 4 }), fc.boolean(), round), {
      numRuns: rounds,
    });
    t.diagnostic(JSON.stringify(seen));
    for (const [kind, count] of Object.entries(seen))
      assert.ok(rounds < 10_000 || count > rounds / 100, `${kind}: ${count}`);
  });
}
