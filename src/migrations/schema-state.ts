import { type NewSubsystem, readNewSubsystems } from './new-migrations.ts';

/** What Kong says of the schema: nothing there yet, or which kinds of migrations are left to run. */
export type SchemaState = {
  readonly needsBootstrap: boolean;
  readonly hasNew: boolean;
  readonly hasPending: boolean;
  /** The module path of each subsystem's migrations, where Kong named them. */
  readonly namespaces?: ReadonlyMap<string, string>;
  /** The subsystems with new migrations, where Kong named them. */
  readonly news?: readonly NewSubsystem[];
};

/** What Kong says of a schema without a table of its own. */
export const notBootstrapped: SchemaState = { needsBootstrap: true, hasNew: false, hasPending: false };

/** What Kong says of a schema that needs nothing. */
export const upToDate: SchemaState = { needsBootstrap: false, hasNew: false, hasPending: false };

/**
 * Reads the JSON that `kong migrations status` prints (Kong 3.0 and later) from among its other lines; undefined where no line is that.
 */
export function parseStatus(stdout: string): SchemaState | undefined {
  const status = findStatus(stdout);
  if (status === undefined) return undefined;
  const namespaces = readNamespaces([status['executed_migrations'], status['pending_migrations']]);
  const news = readNewSubsystems(status['executed_migrations'], status['new_migrations']);
  return {
    needsBootstrap: isTrue(status['needs_bootstrap']),
    hasNew: isTrue(status['new_migrations']),
    hasPending: isTrue(status['pending_migrations']),
    ...(namespaces !== undefined && { namespaces }),
    ...(news !== undefined && { news }),
  };
}

function findStatus(stdout: string): Record<string, unknown> | undefined {
  const objects = stdout.split('\n').map((line) => parseObject(line.trim()));
  return objects.findLast((one) => one !== undefined && isStatus(one));
}

/** Of these lists of subsystems; undefined where one has no namespace, for then Kong has not named them all. */
function readNamespaces(lists: readonly unknown[]): ReadonlyMap<string, string> | undefined {
  const entries: [string, string][] = [];
  for (const one of lists.filter(Array.isArray).flat()) {
    const { subsystem, namespace }: { readonly subsystem?: unknown; readonly namespace?: unknown } = one ?? {};
    if (typeof subsystem !== 'string' || typeof namespace !== 'string') return undefined;
    entries.push([subsystem, namespace]);
  }
  return entries.length === 0 ? undefined : new Map(entries);
}

/** How many migrations `up` and `finish` have to run, as far as the same JSON tells. */
export function countMigrations(stdout: string): {
  readonly up: number | undefined;
  readonly finish: number | undefined;
} {
  const status = findStatus(stdout);
  return { up: count(status?.['new_migrations']), finish: count(status?.['pending_migrations']) };
}

/** Kong lists them by subsystem: `[{"subsystem":"core","migrations":["016_280_to_300"]}]`. */
function count(listed: unknown): number | undefined {
  if (!Array.isArray(listed)) return undefined;
  const groups = listed.map((one: { readonly migrations?: unknown } | null) => one?.migrations);
  return groups.every(Array.isArray) ? groups.flat().length : undefined;
}

/** Reads the exit code and the words of `kong migrations list`, for 2.8: exit code 4 means pending with or without new ones. */
export function parseList(exitCode: number, output: string): SchemaState | undefined {
  switch (exitCode) {
    case 0:
      return { needsBootstrap: false, hasNew: false, hasPending: false };
    case 3:
      return { needsBootstrap: true, hasNew: false, hasPending: false };
    case 4:
      return { needsBootstrap: false, hasNew: /new migrations/i.test(output), hasPending: true };
    case 5:
      return { needsBootstrap: false, hasNew: true, hasPending: false };
    default:
      return undefined;
  }
}

/** `up to date`, or what is left to do, in Kong's words. */
export function describeState({ needsBootstrap, hasNew, hasPending }: SchemaState): string {
  if (needsBootstrap) return 'not bootstrapped';
  if (hasNew && hasPending) return 'new and pending migrations';
  if (hasNew) return 'new migrations';
  return hasPending ? 'pending migrations' : 'up to date';
}

function parseObject(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isStatus(status: Record<string, unknown>): boolean {
  return ['needs_bootstrap', 'new_migrations', 'pending_migrations', 'executed_migrations'].some(
    (key) => key in status,
  );
}

/** Kong prints a boolean, or the migrations themselves, or nothing. */
function isTrue(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return value === true || (typeof value === 'string' && value !== '');
}
