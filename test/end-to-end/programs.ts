import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One of the two things that the build makes, and that every case here is run against. */
export type Program = { readonly name: 'bundle' | 'binary'; readonly words: readonly string[] };

const dist = (name: string): string => fileURLToPath(new URL(`../../dist/${name}`, import.meta.url));

/** The binary, and the bundle under this Node: `npm test` runs the first, `npm run test:rest` the second. The build must have been run. */
export const programs: readonly [Program, Program] = [
  { name: 'binary', words: [dist('kong-entrypoint')] },
  { name: 'bundle', words: [process.execPath, dist('kong-entrypoint.cjs')] },
];

for (const { words } of programs) {
  const file = words.at(-1) ?? '';
  if (!existsSync(file)) throw new Error(`${file} is not there: run npm run build first`);
}
