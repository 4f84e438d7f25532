import { basename } from 'node:path';
import type { Metafile } from 'esbuild';

/** Chunks that are loaded together: one script and one code cache, for each script costs a start some tenths of a millisecond. */
export type Part = { readonly name: string; readonly chunks: readonly string[] };

type Imports = { readonly static: readonly string[]; readonly dynamic: readonly string[] };

/**
 * Groups esbuild's chunks by the `await import()` that asks for them, found breadth first from the main chunk: a part is what an import
 * needs and no part before it has. A chunk that several of them share is in the part of the first, and evaluated only when it is needed.
 */
export function groupChunks(outputs: Metafile['outputs']): Part[] {
  const chunks = readImports(outputs);
  const taken = new Set<string>();
  const parts: Part[] = [];
  const entries = ['main.js'];
  for (const entry of entries) {
    const names = takeChunks(entry, chunks, taken);
    if (names.length > 0) parts.push({ name: basename(entry, '.js'), chunks: names });
    entries.push(...names.flatMap((name) => chunks.get(name)?.dynamic ?? []));
  }
  return parts;
}

function readImports(outputs: Metafile['outputs']): Map<string, Imports> {
  const chunks = Object.entries(outputs).map(([path, { imports }]): [string, Imports] => {
    const own = imports.filter(({ external }) => external !== true);
    const of = (kind: string): string[] => own.filter((one) => one.kind === kind).map((one) => basename(one.path));
    return [basename(path), { static: of('import-statement'), dynamic: of('dynamic-import') }];
  });
  return new Map(chunks);
}

/** The chunk and everything that it imports, without what is taken already. */
function takeChunks(name: string, chunks: ReadonlyMap<string, Imports>, taken: Set<string>): string[] {
  if (taken.has(name)) return [];
  taken.add(name);
  const imported = chunks.get(name)?.static ?? [];
  return [name, ...imported.flatMap((other) => takeChunks(other, chunks, taken))];
}
