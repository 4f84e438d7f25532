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

test('only the edge, the story and the diagnostics know the command line', () => {
  const knowing = filesIn('src').filter((file) => importsOf(file, root).some((to) => to.startsWith('src/cli/')));
  const others = knowing.filter((file) => !/^src\/(?:main|start|(?:cli|diagnostics)\/.+)\.ts$/.test(file));
  assert.ok(knowing.length > 0);
  assert.deepEqual(others, []);
});

test('no files import each other, in a circle of any length', () => {
  const files = ['src', 'scripts', 'test'].flatMap(filesIn);
  const imports = new Map(files.map((file) => [file, importsOf(file, root)] as const));
  const circles = files.filter((file) => reachableFrom(file, imports).has(file));
  assert.ok(files.length > 400);
  assert.deepEqual(circles, []);
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

/** The rooms that each vault backend has, as far as it needs them. */
const roomsOfVaults = ['options.ts', 'log-in.ts', 'fetch.ts', 'explain.ts', 'explain-log-in.ts'];

test('no two files have one name, but for the rooms that are alike in each vault', () => {
  const isRoom = (file: string) => /^src\/vaults\/[a-z]+\/[^/]+$/.test(file) && roomsOfVaults.includes(basename(file));
  const names = filesIn('src')
    .filter((file) => !isRoom(file))
    .map((file) => basename(file));
  assert.deepEqual(
    names.filter((name, index) => names.indexOf(name) !== index),
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
