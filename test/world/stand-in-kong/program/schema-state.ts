import type { Knobs, Migration } from '../knobs.ts';
import type { Connection, Row } from './database.ts';
import { listSetting, type Settings } from './settings.ts';

export type Subsystem = { readonly subsystem: string; readonly migrations: readonly Migration[] };

/** What the database has of the migrations that this Kong knows; an empty list is absent, as in Kong's JSON. */
export type SchemaState = {
  readonly needsBootstrap: boolean;
  readonly executed: readonly Subsystem[];
  readonly pending: readonly Subsystem[];
  readonly missing: readonly Subsystem[];
  readonly new: readonly Subsystem[];
};

type Standing = 'executed' | 'pending' | 'missing' | 'new';

/** The core first, then the loaded plugins by name. */
export function knownSubsystems(knobs: Knobs, settings: Settings): readonly Subsystem[] {
  const plugins = listSetting(settings, 'plugins');
  const grouped = Map.groupBy(knobs.migrations, (migration) => migration.subsystem);
  const names = [...grouped.keys()].filter((name) => name !== 'core').sort();
  const isLoaded = (name: string) => plugins.includes('bundled') || plugins.includes(name.replace(/^enterprise\./, ''));
  const loaded = names.filter((name) => name === 'enterprise' || isLoaded(name));
  return ['core', ...loaded].map((subsystem) => ({ subsystem, migrations: grouped.get(subsystem) ?? [] }));
}

/** Looks where Kong looks: `information_schema` hides tables that the role has no rights on. */
export async function readSchemaState(connection: Connection, subsystems: readonly Subsystem[]): Promise<SchemaState> {
  const tables = await connection.query(
    "SELECT 1 FROM information_schema.tables WHERE table_schema = $1 AND table_name = 'schema_meta'",
    [connection.schema],
  );
  const needsBootstrap = tables.length === 0;
  const rows = needsBootstrap ? [] : await connection.query("SELECT * FROM schema_meta WHERE key = 'schema_meta'");
  const standing = (wanted: Standing) => select(subsystems, rows, wanted);
  return {
    needsBootstrap,
    executed: standing('executed'),
    pending: standing('pending'),
    missing: standing('missing'),
    new: standing('new'),
  };
}

function select(subsystems: readonly Subsystem[], rows: readonly Row[], wanted: Standing): readonly Subsystem[] {
  const selected = subsystems.map(({ subsystem, migrations }) => {
    const row = rows.find((candidate) => candidate['subsystem'] === subsystem);
    const names = migrations.map((migration) => migration.name);
    return { subsystem, migrations: migrations.filter(({ name }) => standingOf(name, names, row) === wanted) };
  });
  return selected.filter(({ migrations }) => migrations.length > 0);
}

/** A migration that comes before the last executed one and was never recorded is missing, not new. */
function standingOf(name: string, names: readonly string[], row: Row | undefined): Standing {
  if (namesIn(row, 'executed').includes(name)) return 'executed';
  if (namesIn(row, 'pending').includes(name)) return 'pending';
  const last = names.indexOf(String(row?.['last_executed']));
  return names.indexOf(name) > last ? 'new' : 'missing';
}

function namesIn(row: Row | undefined, column: string): readonly string[] {
  const value = row?.[column];
  return Array.isArray(value) ? value.map(String) : [];
}
