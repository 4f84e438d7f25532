import type { Query } from '../available/database.ts';
import { quoteIdentifier } from '../memory/schema.ts';

/** Why a role could change Kong's schema, and the statement with which an administrator ends that. */
export type ExcessRight = { readonly because: string; readonly statement: string };

type Row = {
  readonly kind: 'superuser' | 'owner' | 'create' | 'truncate';
  /** Of `owner` the role that owns, of `create` whom the right was granted to. */
  readonly name: string;
};

/** Every way in which this role could change the schema, of which it should only use the tables. Reads the catalog alone. */
export async function findExcessRights(
  query: Query,
  roles: { readonly role: string; readonly migrator: string },
  schema: string,
): Promise<readonly ExcessRight[]> {
  const rows = await query<Row>(
    `WITH kong AS (SELECT oid, rolsuper FROM pg_roles WHERE rolname = $1::text),
          place AS (SELECT oid, nspowner, nspacl FROM pg_namespace WHERE nspname = $2::text),
          owners AS (SELECT nspowner AS oid FROM place
                     UNION SELECT relowner FROM pg_class c JOIN place ON c.relnamespace = place.oid WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
                     UNION SELECT proowner FROM pg_proc p JOIN place ON p.pronamespace = place.oid
                     UNION SELECT datdba FROM pg_database WHERE datname = current_database()
                     UNION SELECT oid FROM pg_roles WHERE rolname = $3::text)
     SELECT 'superuser' AS kind, '' AS name FROM kong WHERE rolsuper
     UNION ALL
     SELECT 'owner', pg_get_userbyid(o.oid) FROM owners o, kong
      WHERE NOT rolsuper AND pg_get_userbyid(o.oid) <> 'pg_database_owner' AND pg_has_role(kong.oid, o.oid, 'MEMBER')
     UNION ALL
     SELECT 'create', CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee)::text END
       FROM place CROSS JOIN kong CROSS JOIN LATERAL aclexplode(place.nspacl) a
      WHERE NOT rolsuper AND a.privilege_type = 'CREATE' AND (a.grantee = kong.oid OR a.grantee NOT IN (SELECT oid FROM owners))
        AND CASE WHEN a.grantee = 0 THEN true ELSE pg_has_role(kong.oid, a.grantee, 'USAGE') END
     UNION ALL
     SELECT 'truncate', '' FROM kong
      WHERE NOT rolsuper AND EXISTS (SELECT FROM pg_class c JOIN place ON c.relnamespace = place.oid
             WHERE c.relkind IN ('r', 'p') AND has_table_privilege(kong.oid, c.oid, 'TRUNCATE') AND NOT pg_has_role(kong.oid, c.relowner, 'USAGE'))`,
    [roles.role, schema, roles.migrator],
  );
  return rows.map((row) => explain(row, roles, schema)).filter(isFirstOfIts);
}

function explain({ kind, name }: Row, roles: { role: string; migrator: string }, schema: string): ExcessRight {
  const [role, migrator, place] = [roles.role, roles.migrator, schema].map(quoteIdentifier);
  switch (kind) {
    case 'superuser':
      return { because: 'it is a superuser', statement: `ALTER ROLE ${role} NOSUPERUSER` };
    case 'owner':
      if (name === roles.role)
        return {
          because: 'it owns the database, or what is in it',
          statement: `REASSIGN OWNED BY ${role} TO ${migrator}`,
        };
      return { because: `it may act as ${name}`, statement: `REVOKE ${quoteIdentifier(name)} FROM ${role}` };
    case 'create': {
      const grantee = name === 'PUBLIC' ? name : quoteIdentifier(name);
      const because =
        name === 'PUBLIC' ? `everybody may create in schema ${schema}` : `it may create in schema ${schema}`;
      return { because, statement: `REVOKE CREATE ON SCHEMA ${place} FROM ${grantee}` };
    }
    case 'truncate':
      return {
        because: 'it may truncate tables',
        statement: `REVOKE TRUNCATE ON ALL TABLES IN SCHEMA ${place} FROM ${role}`,
      };
  }
}

function isFirstOfIts({ statement }: ExcessRight, index: number, all: readonly ExcessRight[]): boolean {
  return all.findIndex((one) => one.statement === statement) === index;
}
