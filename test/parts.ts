import { globSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Shape } from './world/stand-in-kong/shape.ts';

/*
 * What each command runs. `npm test` proves every promise once; `npm run test:rest` runs what that leaves out: the same promise by the
 * other program, on the other server, over and over. The two together are every row, once: test/unit/parts.test.ts holds this.
 */
export type PartName = 'once' | 'rest' | 'faults' | 'fleet' | 'engine';

/** One run of Node's test runner. */
export type Run = {
  readonly files: readonly string[];
  /** Only rows whose title, or that of a suite around them, matches. */
  readonly only?: RegExp;
  /** All rows but those. */
  readonly without?: RegExp;
  /** What an image of Kong is for them, where they do not say; open-source Kong when absent. */
  readonly shape?: Shape;
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
  'migrations/{killed,database-troubles,commands,pgbouncer,starters,warm-start,cold-start,memory,never-missed-by-starts,two-roles,two-roles-owners,two-roles-secrets}.test.ts',
  'end-to-end/**/*.test.ts',
  'integration/{provisioning*,never-missed,azure-connection}.test.ts',
  'faults/kill.test.ts',
).filter((file) => !/\/(bench|running-kong|zero-durations)\.test\.ts$/.test(file));

/** Files that are left to `npm run test:rest` as a whole. */
export const restFiles = select(
  // All that is measured, played, drawn, built three times over, and typed into a Kong that runs.
  'end-to-end/{bench,running-kong}.test.ts',
  'migrations/two-roles-statements.test.ts',
  'integration/{demo,pictures,same-binary}.test.ts',
);

const ordinary = select('{migrations,end-to-end}/**/*.test.ts', 'integration/**/*.test.ts', 'unit/**/*.test.ts');
/** They start much at once themselves. */
const faults: Run = { files: select('faults/*.test.ts', 'faults/fuzz/*.test.ts'), atATime: 2 };
const fuzz: Run = { ...faults, files: select('faults/fuzz/*.test.ts') };
/** What befalls a start from outside, all ways to go wrong one after the other. */
const troubles: Run = {
  ...faults,
  files: faults.files.filter((file) => !sharedFiles.includes(file) && !fuzz.files.includes(file)),
};
/** Most of it is waiting, for as long as a network takes to notice. */
const fleet: Run = { files: select('fleet/*.test.ts'), atATime: 2 };
/** Its figures are to be its own. */
const load: Run = { files: select('faults/load/*.test.ts'), atATime: 1 };

/** Every case of `npm test` that starts the program, once more with an Enterprise image. */
const onEnterprise: Run = {
  files: sharedFiles.filter((file) => file.startsWith(join('test', 'end-to-end'))),
  without: restRows,
  shape: 'Enterprise',
};

export const parts: Readonly<Record<PartName, readonly Run[]>> = {
  once: [
    { files: sharedFiles, without: restRows },
    { files: ordinary.filter((file) => !restFiles.includes(file) && !sharedFiles.includes(file)) },
    fuzz,
  ],
  rest: [{ files: sharedFiles, only: restRows }, { files: restFiles }, onEnterprise, troubles, fleet, load],
  faults: [faults, load],
  fleet: [fleet],
  engine: [{ files: select('engine/**/*.test.ts'), atATime: 2, setup: () => import('./engine/one-engine-for-all.ts') }],
};

/** In the order of the patterns: what takes long comes first, so that it does not run on alone at the end. */
function select(...patterns: readonly string[]): string[] {
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  return patterns.flatMap((pattern) => globSync(pattern, { cwd })).map((file) => join('test', file));
}
