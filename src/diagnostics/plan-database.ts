import { tokenSettingOf } from '../references/needed.ts';
import { printReference } from '../references/print-reference.ts';
import { isReference } from '../references/reference.ts';
import { migratorKeys } from '../settings/migrator-settings.ts';
import type { Examined } from './examine.ts';
import type { PlannedDatabase } from './plan.ts';

/** Where Kong's database is, as far as the settings say; a reference in place of a value is printed as one. `hasMigrator`: this start may log in as a role of its own for migrations. */
export function planDatabase(
  { configuration, known, settings }: Examined,
  hasMigrator: boolean,
): PlannedDatabase | null {
  if (configuration === undefined) return null;
  function textOf(key: string, otherwise: string): string {
    return printed(configuration?.settings.get(key)?.text ?? otherwise);
  }
  const migrator = hasMigrator ? settings.migrator.get(migratorKeys.user)?.text : undefined;
  const schema = textOf('pg_schema', '');
  return {
    host: textOf('pg_host', '127.0.0.1'),
    port: textOf('pg_port', '5432'),
    user: textOf('pg_user', 'kong'),
    migrator: migrator === undefined ? null : printed(migrator),
    database: textOf('pg_database', 'kong'),
    schema: schema === '' ? null : schema,
    tls: tlsOf(known.typed),
  };
}

function printed(text: string): string {
  return isReference(text) ? printReference(text) : text;
}

function tlsOf(typed: Examined['known']['typed']): PlannedDatabase['tls'] {
  const isForced = tokenSettingOf(typed) !== undefined;
  if (typed.pg_ssl !== true && !isForced) return 'off';
  if (typed.pg_ssl_verify === true) return 'verified';
  return typed.pg_ssl_required === true || isForced ? 'required' : 'on';
}
