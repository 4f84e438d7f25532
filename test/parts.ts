import { globSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * What each command runs. `npm test` proves every promise once; `npm run test:rest` runs what that leaves out: the same promise by the
 * other program, on the other server, over and over. The two together are every row, once: test/unit/parts.test.ts holds this.
 */
export type PartName = 'once' | 'rest' | 'faults' | 'engine';

/** One run of Node's test runner. */
export type Run = {
  readonly files: readonly string[];
  /** Only rows whose title, or that of a suite around them, matches. */
  readonly only?: RegExp;
  /** All rows but those. */
  readonly without?: RegExp;
  /** How many files run at a time, where it is not as many as the machine bears. */
  readonly atATime?: number;
  /** What all of its files share. */
  readonly setup?: () => Promise<Setup>;
};

export type Setup = { globalSetup(): Promise<void>; globalTeardown(): Promise<void> };

/** Rows with these words in their titles are left to `npm run test:rest`. */
export const restRows = /\bthe bundle\b|PostgreSQL 12\b|\bat length\b/;

/** The files that have such rows. */
export const sharedFiles = select(
  'end-to-end/**/*.test.ts',
  'migrations/{commands,database-troubles,killed,pgbouncer,starters,warm-start}.test.ts',
  'integration/{postgresql,provisioning*}.test.ts',
).filter((file) => file !== 'test/end-to-end/bench.test.ts');

/** Files that are left to `npm run test:rest` as a whole. */
export const restFiles = select(
  // All that is measured, played, drawn, and built three times over.
  'end-to-end/bench.test.ts',
  'integration/{demo,pictures,same-binary}.test.ts',
);

const ordinary = select('{end-to-end,migrations,integration,unit}/**/*.test.ts');
const faults = select('faults/*.test.ts', 'faults/fuzz/*.test.ts');
/** Its figures are to be its own, so it runs last and alone. */
const load = select('faults/load/*.test.ts');

export const parts: Readonly<Record<PartName, readonly Run[]>> = {
  once: [
    { files: sharedFiles, without: restRows },
    { files: [...ordinary.filter((file) => !restFiles.includes(file) && !sharedFiles.includes(file)), ...faults] },
  ],
  rest: [{ files: sharedFiles, only: restRows }, { files: restFiles }, { files: load, atATime: 1 }],
  faults: [{ files: faults }, { files: load, atATime: 1 }],
  engine: [{ files: select('engine/**/*.test.ts'), atATime: 2, setup: () => import('./engine/one-engine-for-all.ts') }],
};

function select(...patterns: readonly string[]): string[] {
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  return globSync([...patterns], { cwd }).map((file) => join('test', file));
}
