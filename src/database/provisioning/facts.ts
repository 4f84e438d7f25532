import type { Database } from '../available/database.ts';

/** What provisioning has to bring about. */
export type Wanted = { readonly role: string; readonly database: string };

/** What the admin finds, and what it may do. */
export type ProvisioningFacts = {
  /** `server_version_num`, such as 180004. */
  readonly serverVersion: number;
  readonly hasRole: boolean;
  readonly hasDatabase: boolean;
  readonly isSuperuser: boolean;
  readonly mayCreateRoles: boolean;
  readonly mayCreateDatabases: boolean;
};

export async function readProvisioningFacts({ query }: Database, wanted: Wanted): Promise<ProvisioningFacts> {
  const [facts] = await query<ProvisioningFacts>(
    `SELECT current_setting('server_version_num')::int AS "serverVersion",
            EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS "hasRole",
            EXISTS (SELECT FROM pg_database WHERE datname = $2) AS "hasDatabase",
            rolsuper AS "isSuperuser", rolcreaterole AS "mayCreateRoles", rolcreatedb AS "mayCreateDatabases"
       FROM pg_roles WHERE rolname = current_user`,
    [wanted.role, wanted.database],
  );
  if (facts === undefined) throw new TypeError('the role that is logged in exists');
  return facts;
}

/** Whether the role may create tables where Kong will. */
export type TableRights = {
  readonly isOwner: boolean;
  readonly owner: string;
  /** The schema that Kong will use; null where it is not there yet, and then what counts is the right to create it. */
  readonly schema: string | null;
  readonly mayCreate: boolean;
};

/** Asked in Kong's database, for this role or the one that asks. `schemas` are the names that count, the first that is there before the others. */
export async function readTableRights(
  { query }: Database,
  role: string | undefined,
  schemas: readonly string[],
): Promise<TableRights | undefined> {
  const [rights] = await query<TableRights>(
    `WITH kong AS (SELECT oid FROM pg_roles WHERE rolname = coalesce($1::name, current_user)),
          place AS (SELECT n.oid, n.nspname FROM unnest($2::text[]) WITH ORDINALITY AS wanted (name, place)
                      JOIN pg_namespace n ON n.nspname = wanted.name ORDER BY wanted.place LIMIT 1)
     SELECT d.datdba = kong.oid AS "isOwner", pg_get_userbyid(d.datdba) AS owner, place.nspname AS schema,
            CASE WHEN place.oid IS NULL THEN has_database_privilege(kong.oid, d.oid, 'CREATE')
                 ELSE has_schema_privilege(kong.oid, place.oid, 'CREATE') END AS "mayCreate"
       FROM pg_database d CROSS JOIN kong LEFT JOIN place ON true
      WHERE d.datname = current_database()`,
    [role ?? null, schemas],
  );
  return rights;
}
