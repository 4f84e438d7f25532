import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const src = fileURLToPath(new URL('../../src/', import.meta.url));

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

function importsOf(file: string): string[] {
  const text = readFileSync(join(src, file), 'utf8');
  return [...text.matchAll(/(?:from|import\() ?'(\.[^']+)'/g)].map(([, path = '']) => join(dirname(file), path));
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
