import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Edition = 'open-source' | 'enterprise';

/** One migration: its `up` step, and the teardown step that `finish` runs later. */
export type Migration = {
  /** `core`, or the plugin that brings it. */
  readonly subsystem: string;
  readonly name: string;
  readonly up: string;
  readonly teardown?: string;
};

type FaultScope = {
  /** The command it befalls, by its first words: `migrations bootstrap`, `version`; `migrations` when absent. */
  readonly on?: string;
  /** Only that many invocations, and then no more. */
  readonly times?: number;
};

/**
 * How a bootstrap lies: what it says is changed (`line missing` to `no ending`), it does nothing and says so (`aborted`) or not (`nothing`), or
 * `schema_meta` has the rows of somebody else besides.
 */
export const LIES = [
  'line missing',
  'line more',
  'count wrong',
  'executed wrong',
  'pending line',
  'words after',
  'no ending',
  'aborted',
  'nothing',
  "somebody else's row",
] as const;
export type Lie = (typeof LIES)[number];

/** Ways to go wrong on purpose. */
export type Fault = FaultScope &
  (
    | { readonly kind: 'exit'; readonly code: number; readonly message?: string; readonly afterSteps?: number }
    | { readonly kind: 'hang'; readonly afterSteps?: number }
    /** It takes that long before it begins. */
    | { readonly kind: 'pause'; readonly seconds: number }
    | { readonly kind: 'flood'; readonly megabytes: number }
    | { readonly kind: 'print-password' }
    | { readonly kind: 'ignore-signals' }
    | { readonly kind: 'grandchild'; readonly seconds: number }
    /** A bootstrap that exits 0 and says, or has done, something else than a good one. */
    | { readonly kind: 'lie'; readonly how: Lie }
    /** Keeps the server busy inside the DDL of one migration (the first, when not named), with its locks held; `status` before it reads. */
    | { readonly kind: 'slow-statement'; readonly seconds: number; readonly migration?: string }
  );

export type Knobs = {
  readonly edition: Edition;
  readonly version: string;
  readonly migrations: readonly Migration[];
  /** How long each step takes besides its SQL: half before it, half between it and its row in schema_meta. */
  readonly stepMilliseconds: number;
  /** Keeps the transaction that creates `schema_meta` open for so long: widens the race of first bootstraps. */
  readonly tableCreationMilliseconds: number;
  /** How long Kong's own lock row lives without `--lock-timeout`. In Kong it is 60; a test that waits for its end may not want to wait so long. */
  readonly lockSeconds: number;
  /** Whether `migrations` dereferences what `start` does, as newer Enterprise releases may. */
  readonly migrationsDereference: boolean;
  /** What Kong gets from a cloud for `pg_azure_auth` and its kin, and logs in to the database with. */
  readonly databaseToken: string;
  readonly faults: readonly Fault[];
};

/** A migration that makes one table; DDL that takes an exclusive lock each time it runs. */
export function tableMigration(subsystem: string, name: string, withTeardown = false): Migration {
  const table = `${subsystem}_${name}`.replaceAll(/\W/g, '_');
  const up = `CREATE TABLE IF NOT EXISTS ${table} (id UUID PRIMARY KEY, name TEXT);
ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS tags TEXT[];`;
  return withTeardown
    ? { subsystem, name, up, teardown: `ALTER TABLE ${table} DROP COLUMN IF EXISTS name;` }
    : { subsystem, name, up };
}

export const DEFAULT_KNOBS: Knobs = {
  edition: 'open-source',
  version: '3.9.3',
  migrations: [
    tableMigration('core', '000_base'),
    tableMigration('core', '003_100_to_110', true),
    tableMigration('core', '004_110_to_120'),
    tableMigration('core', '016_280_to_300', true),
    tableMigration('core', '023_360_to_370'),
    tableMigration('acl', '000_base_acl'),
    tableMigration('key-auth', '000_base_key_auth'),
    tableMigration('rate-limiting', '003_10_to_112', true),
  ],
  stepMilliseconds: 0,
  tableCreationMilliseconds: 0,
  lockSeconds: 60,
  migrationsDereference: false,
  databaseToken: '',
  faults: [],
};

/** What the stand-in in this folder was last told to be. */
export function readKnobs(folder: string): Knobs {
  return { ...DEFAULT_KNOBS, ...(JSON.parse(readFileSync(join(folder, 'stand-in.json'), 'utf8')) as Partial<Knobs>) };
}

/** Whether the version is at least this one; `3.10.0.1` counts as `3.10.0`. */
export function isAtLeast(version: string, least: readonly [number, number, number]): boolean {
  const parts = version.split('.').map(Number);
  for (const [index, part] of least.entries()) {
    const own = parts[index] ?? 0;
    if (own !== part) return own > part;
  }
  return true;
}
