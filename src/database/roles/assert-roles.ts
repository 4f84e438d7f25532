import { AccessRefusedError, type EntrypointError, SettingError } from '../../errors.ts';
import { sameRole } from '../../settings/migrator-settings.ts';
import type { Query } from '../available/database.ts';
import { quoteIdentifier } from '../memory/schema.ts';
import { findRoles, type RoleFacts, readRoleFacts } from './role-facts.ts';
import type { SchemaRoles, SchemaUser } from './schema-users.ts';

/**
 * What keeps two roles from sharing Kong's schema, asked by the one that migrates before it changes anything. Throws SettingError (78) for
 * one role that is both, a role that does not exist, and roles that see different schemas; AccessRefusedError (77) for tables of somebody else.
 */
export async function assertRoles(query: Query, roles: SchemaRoles, pgSchema: string | undefined): Promise<void> {
  const { migrator, users } = roles;
  if (users.some(({ role }) => role === migrator.role)) throw sameRole(migrator.subject);
  const there = await findRoles(
    query,
    users.map(({ role }) => role),
  );
  const absent = users.find(({ role }) => !there.has(role));
  if (absent !== undefined) throw noSuchRole(absent);
  for (const user of users) {
    const facts = await readRoleFacts(query, user.role, pgSchema);
    if (facts.schema !== facts.otherSchema) throw differentSchemas(facts, roles, user);
    if (!facts.actsAsOwner) throw notOwner(facts, migrator);
  }
}

function noSuchRole({ role, subject }: SchemaUser): SettingError {
  return new SettingError(`role ${role} does not exist, and the migrator is to grant it the use of Kong's tables`, {
    subject,
    hint: `let --provision on create it, or have an administrator run: CREATE ROLE ${quoteIdentifier(role)} LOGIN PASSWORD '...'`,
  });
}

function differentSchemas(facts: RoleFacts, { migrator }: SchemaRoles, { role }: SchemaUser): SettingError {
  const { schema, otherSchema } = facts;
  return new SettingError(
    `it is not set, and the roles look for Kong's tables in different schemas: ${migrator.role} in ${schema}, ${role} in ${otherSchema}`,
    { subject: 'KONG_PG_SCHEMA', hint: 'set it to the schema that holds them, or is to hold them' },
  );
}

function notOwner({ schema, owner, isOwnerSuperuser }: RoleFacts, migrator: SchemaRoles['migrator']): EntrypointError {
  return new AccessRefusedError(
    `Kong's tables in schema ${schema} belong to ${owner}, and ${migrator.role} may not change them`,
    {
      subject: migrator.subject,
      hint: `have an administrator run: ${handToMigrator(owner ?? '', migrator.role, schema, isOwnerSuperuser)}`,
    },
  );
}

/** Membership lets the migrator act as the owner. It must not act as a superuser: then the tables become its own, one by one. */
function handToMigrator(owner: string, role: string, schema: string, isSuperuser: boolean): string {
  if (!isSuperuser) return `GRANT ${quoteIdentifier(owner)} TO ${quoteIdentifier(role)}`;
  return changeOwner(owner, role, schema);
}

/** One statement that makes every table of the schema that this owner has another role's. REASSIGN OWNED refuses that for a superuser. */
function changeOwner(owner: string, role: string, schema: string): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  const each = `format('ALTER TABLE %I.%I OWNER TO %I', schemaname, tablename, ${quoted(role)})`;
  const tables = `pg_tables WHERE schemaname = ${quoted(schema)} AND tableowner = ${quoted(owner)}`;
  return `DO $$ BEGIN EXECUTE (SELECT string_agg(${each}, '; ') FROM ${tables}); END $$`;
}
