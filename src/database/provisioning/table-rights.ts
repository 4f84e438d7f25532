import { AccessRefusedError, SettingError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Database } from '../available/database.ts';
import { codeOfFault } from '../available/faults.ts';
import type { ConnectionSettings } from '../connection-settings.ts';
import { quoteIdentifier } from '../memory/schema.ts';
import type { Admin } from './admin.ts';
import { readTableRights, type TableRights } from './facts.ts';

export type TableRightsOptions = {
  readonly admin: Admin;
  readonly kong: () => ConnectionSettings;
  readonly log: Log;
};

/**
 * Checks in Kong's database whether its role may create tables. A database's owner may, from PostgreSQL 15 on through pg_database_owner;
 * where a template revoked that, the right is granted. In a database that somebody else owns nothing is granted; a warning says what is missing.
 */
export async function ensureTableRights({ admin, kong, log }: TableRightsOptions): Promise<void> {
  const { user: role, database: name, schema } = kong();
  const database = await openUnlessRefused(admin, name, log);
  if (database === undefined) return;
  try {
    const schemas = schema === undefined ? [role, 'public'] : [schema];
    const rights = await readTableRights(database, role, schemas);
    if (rights === undefined || rights.mayCreate) return;
    if (rights.isOwner) await grant(database, role, rights, log);
    const now = await readTableRights(database, role, schemas);
    if (now?.mayCreate === false) warn(now, { role, name }, log);
  } finally {
    await database.close();
  }
}

/**
 * In a new database that belongs to the role that migrates: nobody else creates in the schema public, as nobody may from PostgreSQL 15 on.
 * Where the admin does not own that schema nothing happens; `--check` tells the statement.
 */
export async function keepOthersOut({ admin, kong, log }: TableRightsOptions): Promise<void> {
  const database = await openUnlessRefused(admin, kong().database, log);
  if (database === undefined) return;
  try {
    await database.query('REVOKE CREATE ON SCHEMA public FROM PUBLIC');
  } catch (error) {
    log.debug(`the right of all to create in schema public was not revoked (${codeOfFault(error)})`);
  } finally {
    await database.close();
  }
}

/** The admin need not be let into Kong's database; then Kong's own login tells what is missing. */
async function openUnlessRefused(admin: Admin, name: string, log: Log): Promise<Database | undefined> {
  try {
    return await admin.open(name);
  } catch (error) {
    if (!(error instanceof AccessRefusedError || error instanceof SettingError)) throw error;
    log.debug(`the rights in database ${name} were not looked at: ${error.message}`);
    return undefined;
  }
}

async function grant({ query }: Database, role: string, { schema }: TableRights, log: Log): Promise<void> {
  try {
    await query(grantStatement(role, schema));
    log.info(`role ${role} was granted the right to create tables in schema ${schema}`);
  } catch (error) {
    log.debug(`the right to create tables in schema ${schema} was not granted (${codeOfFault(error)})`);
  }
}

function warn({ schema, owner }: TableRights, where: { readonly role: string; readonly name: string }, log: Log): void {
  const what = schema === null ? 'a schema in' : `tables in schema ${schema} of`;
  log.warn(`role ${where.role} may not create ${what} database ${where.name}, which belongs to ${owner}`, {
    hint:
      schema === null
        ? `have ${owner} run: GRANT CREATE ON DATABASE ${quoteIdentifier(where.name)} TO ${quoteIdentifier(where.role)}`
        : `have the owner of the schema run: ${grantStatement(where.role, schema)}`,
  });
}

function grantStatement(role: string, schema: string | null): string {
  return `GRANT USAGE, CREATE ON SCHEMA ${quoteIdentifier(schema ?? 'public')} TO ${quoteIdentifier(role)}`;
}
