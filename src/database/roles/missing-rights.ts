import type { Query } from '../available/database.ts';
import { quoteIdentifier } from '../memory/schema.ts';
import type { SchemaUser } from './schema-users.ts';

/** One thing that a role may not use and needs to. */
export type MissingRight = {
  readonly kind: 'DATABASE' | 'SCHEMA' | 'TABLE' | 'SEQUENCE' | 'FUNCTION' | 'ROUTINE';
  /** Quoted, with its schema. */
  readonly name: string;
  readonly owner: string;
  /** Whether the role that asks acts as the owner, and so may grant it. */
  readonly mayGrant: boolean;
};

/**
 * Everything in the schema that this role needs a right to and lacks it, whoever asks. What belongs to an extension is none of Kong's. One
 * statement, which reads the catalog alone: it needs no right itself.
 */
export async function readMissingRights(
  query: Query,
  { role, rights }: SchemaUser,
  schema: string,
): Promise<readonly MissingRight[]> {
  return query<MissingRight>(
    `WITH kong AS (SELECT oid FROM pg_roles WHERE rolname = $1::text),
          place AS (SELECT oid, nspname, nspowner FROM pg_namespace WHERE nspname = $2::text),
          missing AS (
     SELECT 'DATABASE' AS kind, quote_ident(d.datname) AS name, d.datdba AS owner
       FROM pg_database d, kong WHERE d.datname = current_database() AND NOT has_database_privilege(kong.oid, d.oid, 'CONNECT')
     UNION ALL
     SELECT 'SCHEMA', quote_ident(nspname), nspowner
       FROM place, kong WHERE NOT has_schema_privilege(kong.oid, place.oid, 'USAGE')
     UNION ALL
     SELECT CASE WHEN c.relkind = 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, format('%I.%I', place.nspname, c.relname), c.relowner
       FROM pg_class c JOIN place ON c.relnamespace = place.oid CROSS JOIN kong
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
        AND CASE WHEN c.relkind = 'S'
                 THEN EXISTS (SELECT FROM unnest($4::text[]) AS one WHERE NOT has_sequence_privilege(kong.oid, c.oid, one))
                 ELSE EXISTS (SELECT FROM unnest($3::text[]) AS one WHERE NOT has_table_privilege(kong.oid, c.oid, one)) END
        AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
     UNION ALL
     SELECT CASE WHEN current_setting('server_version_num')::int < 110000 THEN 'FUNCTION' ELSE 'ROUTINE' END,
            format('%I.%I(%s)', place.nspname, p.proname, pg_get_function_identity_arguments(p.oid)), p.proowner
       FROM pg_proc p JOIN place ON p.pronamespace = place.oid CROSS JOIN kong
      WHERE EXISTS (SELECT FROM unnest($5::text[]) AS one WHERE NOT has_function_privilege(kong.oid, p.oid, one))
        AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e'))
     SELECT kind, name, pg_get_userbyid(owner) AS owner,
            kind <> 'DATABASE' AND pg_has_role(owner, 'USAGE') AS "mayGrant"
       FROM missing ORDER BY kind, name`,
    [role, schema, rights.tables, rights.sequences, rights.functions],
  );
}

const usage: Readonly<Partial<Record<MissingRight['kind'], string>>> = { DATABASE: 'CONNECT', SCHEMA: 'USAGE' };

/** The statements that grant these to the role, one for each kind. */
export function grantStatements(missing: readonly MissingRight[], { role, rights }: SchemaUser): readonly string[] {
  return [...Map.groupBy(missing, ({ kind }) => kind)].map(([kind, things]) => {
    const listed = kind === 'TABLE' ? rights.tables : kind === 'SEQUENCE' ? rights.sequences : rights.functions;
    const names = things.map(({ name }) => name).join(', ');
    return `GRANT ${usage[kind] ?? listed.join(', ')} ON ${kind} ${names} TO ${quoteIdentifier(role)}`;
  });
}
