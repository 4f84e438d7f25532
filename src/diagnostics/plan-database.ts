import { tokenSettingOf } from '../references/needed.ts';
import { printReference } from '../references/print-reference.ts';
import { isReference } from '../references/reference.ts';
import type { Examined } from './examine.ts';
import type { PlannedDatabase } from './plan.ts';

/** Where Kong's database is, as far as the settings say; a reference in place of a value is printed as one. */
export function planDatabase({ configuration, known }: Examined): PlannedDatabase | null {
  if (configuration === undefined) return null;
  function textOf(key: string, otherwise: string): string {
    const text = configuration?.settings.get(key)?.text ?? otherwise;
    return isReference(text) ? printReference(text) : text;
  }
  const schema = textOf('pg_schema', '');
  return {
    host: textOf('pg_host', '127.0.0.1'),
    port: textOf('pg_port', '5432'),
    user: textOf('pg_user', 'kong'),
    database: textOf('pg_database', 'kong'),
    schema: schema === '' ? null : schema,
    tls: tlsOf(known.typed),
  };
}

function tlsOf(typed: Examined['known']['typed']): PlannedDatabase['tls'] {
  const isForced = tokenSettingOf(typed) !== undefined;
  if (typed.pg_ssl !== true && !isForced) return 'off';
  if (typed.pg_ssl_verify === true) return 'verified';
  return typed.pg_ssl_required === true || isForced ? 'required' : 'on';
}
