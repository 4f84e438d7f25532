import type { Query } from '../available/database.ts';

/** What the role that migrates finds of itself and of Kong's role, before it changes anything. */
export type RoleFacts = {
  /** The schema as the role that asks sees it: `pg_schema`, else the first of its search path. */
  readonly schema: string;
  /** The same as the other role sees it. */
  readonly otherSchema: string;
  /** Who owns Kong's `schema_meta`; null where the schema has none. */
  readonly owner: string | null;
  readonly isOwnerSuperuser: boolean;
  /** Whether the role that asks acts as the owner, and so may change the tables. */
  readonly actsAsOwner: boolean;
};

/**
 * One statement. The search path of the other role is read from where `ALTER ROLE` and `ALTER DATABASE` put it; a schema with the role's own
 * name comes first by default.
 */
export async function readRoleFacts(query: Query, other: string, pgSchema: string | undefined): Promise<RoleFacts> {
  const [facts] = await query<RoleFacts>(
    `WITH kong AS (SELECT oid FROM pg_roles WHERE rolname = $1::text),
          path AS (SELECT coalesce((
              SELECT substr(one, length('search_path=') + 1)
                FROM pg_db_role_setting s CROSS JOIN unnest(s.setconfig) AS one
               WHERE one LIKE 'search\\_path=%' AND s.setrole IN (0, (SELECT oid FROM kong))
                 AND s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
               ORDER BY s.setrole <> 0 DESC, s.setdatabase <> 0 DESC LIMIT 1), '"$user", public') AS text),
          other AS (
              SELECT n.nspname FROM path CROSS JOIN unnest(string_to_array(path.text, ',')) WITH ORDINALITY AS part (name, place)
                JOIN pg_namespace n ON n.nspname = CASE btrim(part.name, ' "') WHEN '$user' THEN $1::text ELSE btrim(part.name, ' "') END
               ORDER BY part.place LIMIT 1),
          place AS (SELECT coalesce($2::text, current_schema(), 'public') AS schema,
                           coalesce($2::text, (SELECT nspname FROM other), 'public') AS "otherSchema")
     SELECT place.*, r.rolname AS owner, coalesce(r.rolsuper, false) AS "isOwnerSuperuser",
            coalesce(pg_has_role(r.oid, 'USAGE'), true) AS "actsAsOwner"
       FROM place LEFT JOIN pg_namespace n ON n.nspname = place.schema
            LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = 'schema_meta'
            LEFT JOIN pg_roles r ON r.oid = c.relowner`,
    [other, pgSchema ?? null],
  );
  if (facts === undefined) throw new TypeError('the statement selects one row');
  return facts;
}

/** Which of these roles the server has. */
export async function findRoles(query: Query, roles: readonly string[]): Promise<ReadonlySet<string>> {
  const found = await query<{ readonly role: string }>(
    'SELECT rolname AS role FROM pg_roles WHERE rolname = ANY ($1::text[])',
    [roles],
  );
  return new Set(found.map(({ role }) => role));
}
