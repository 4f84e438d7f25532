import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const src = join(root, 'src');

/** The rooms in the order of the flow: a file may import from its own room and from those before it. */
const rooms = [
  '.',
  'process',
  'settings',
  'cli',
  'references',
  'vaults',
  'database',
  'migrations',
  'handover',
  'diagnostics',
];
/** The story and the edge see everything. */
const story = new Set(['start.ts', 'main.ts']);

/** What a file imports of this tree, types included. */
function importsOf(file: string, folder = src): string[] {
  const text = readFileSync(join(folder, file), 'utf8');
  return [...text.matchAll(/(?:from|import|import\() ?'(\.[^']+)'/g)].map(([, path = '']) => join(dirname(file), path));
}

function filesIn(folder: string): string[] {
  return globSync('**/*.ts', { cwd: join(root, folder) }).map((file) => join(folder, file));
}

function isToTheRight(from: string, to: string): boolean {
  return (
    story.has(to) || rooms.indexOf(dirname(to).split('/')[0] ?? '') > rooms.indexOf(dirname(from).split('/')[0] ?? '')
  );
}

test('imports point only to the left of the flow', () => {
  const files = globSync('**/*.ts', { cwd: src }).map((file) => relative('.', file));
  const wrong = files
    .filter((file) => !story.has(file))
    .flatMap((file) =>
      importsOf(file)
        .filter((to) => isToTheRight(file, to))
        .map((to) => `${file} -> ${to}`),
    );
  assert.ok(files.length > 50);
  assert.deepEqual(wrong, []);
});

/** Circles that are still to be mended. */
const knownCircles: readonly string[] = [
  'src/migrations/kong-child.ts src/migrations/kong-migrations.ts',
  'src/vaults/http/exchange.ts src/vaults/http/fault.ts src/vaults/http/http.ts src/vaults/http/plain-http.ts',
];

test('no files import each other, in a circle of any length', () => {
  const files = ['src', 'scripts', 'test'].flatMap(filesIn);
  const imports = new Map(files.map((file) => [file, importsOf(file, root)] as const));
  const circles = files.filter((file) => reachableFrom(file, imports).has(file));
  const known = new Set(knownCircles.flatMap((circle) => circle.split(' ')));
  assert.ok(files.length > 400);
  assert.deepEqual(
    circles.filter((file) => !known.has(file)),
    [],
  );
});

/** Every file that one step or more of importing leads to. */
function reachableFrom(file: string, imports: ReadonlyMap<string, readonly string[]>): Set<string> {
  const reached = new Set<string>();
  const waiting = [...(imports.get(file) ?? [])];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (reached.has(next)) continue;
    reached.add(next);
    waiting.push(...(imports.get(next) ?? []));
  }
  return reached;
}

/** Names that are still to be mended. */
const knownNamesakes = ['access-token.ts', 'peer.ts', 'secret-source.ts', 'session.ts'];

test('no two files have one name, but for the rooms that are alike in each vault', () => {
  const files = filesIn('src').filter((file) => !/^src\/vaults\/[^/]+\//.test(file));
  const names = filesIn('src').map((file) => basename(file));
  const namesakes = files
    .map((file) => basename(file))
    .filter((name) => names.indexOf(name) !== names.lastIndexOf(name));
  assert.deepEqual(
    namesakes.filter((name) => !knownNamesakes.includes(name)),
    [],
  );
});

test('only the edge reads the process: its environment, its arguments, its exit', () => {
  const files = globSync('**/*.ts', { cwd: src }).filter((file) => file !== 'main.ts');
  const reading = files.filter((file) =>
    /process\.(?:env|argv|exit)\b/.test(withoutComments(readFileSync(join(src, file), 'utf8'))),
  );
  assert.deepEqual(reading, []);
});

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
}
