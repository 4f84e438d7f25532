import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One of the two things that the build makes, and that every case here is run against. */
export type Program = { readonly name: 'bundle' | 'binary'; readonly words: readonly string[] };

const dist = (name: string): string => fileURLToPath(new URL(`../../dist/${name}`, import.meta.url));

/** The bundle under this Node, and the binary. The build must have been run. */
export const programs: readonly Program[] = [
  { name: 'bundle', words: [process.execPath, dist('kong-entrypoint.cjs')] },
  { name: 'binary', words: [dist('kong-entrypoint')] },
];

for (const { words } of programs) {
  const file = words.at(-1) ?? '';
  if (!existsSync(file)) throw new Error(`${file} is not there: run npm run build first`);
}
