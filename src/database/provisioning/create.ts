import type { Secret } from '../../secret.ts';
import { revealSecret } from '../../secret.ts';
import type { Database } from '../available/database.ts';
import { codeOfFault } from '../available/faults.ts';
import { quoteIdentifier } from '../memory/schema.ts';
import type { Admin } from './admin.ts';
import type { ProvisioningFacts, Wanted } from './facts.ts';
import { explainRefusal } from './refusals.ts';
import { createVerifier } from './verifier.ts';

/** What the statements are run with. */
export type AdminSession = {
  readonly database: Pick<Database, 'query'>;
  readonly facts: ProvisioningFacts;
  readonly wanted: Wanted;
  readonly admin: Admin;
};

/** SQLSTATEs of a role or a database that another starter created first. */
const thereAlready: ReadonlySet<string> = new Set(['42710', '42P04', '23505']);

/** PostgreSQL 16 separates the right to act as a role from membership, and grants the creator of a role neither. */
const FIRST_WITH_SET = 160_000;

/** Creates the role with its password. False if another starter was quicker. */
export async function createRole(session: AdminSession, password: Secret | undefined): Promise<boolean> {
  const role = quoteIdentifier(session.wanted.role);
  const statement = `CREATE ROLE ${role} LOGIN${await passwordClause(session, password)}`;
  return run(session, statement, {
    action: `create role ${session.wanted.role}`,
    grant: `GRANT rds_password TO ${quoteIdentifier(session.admin.user)} (RDS with rds.restrict_password_commands)`,
  });
}

/** Sets the password of a role that is there. */
export async function setPassword(session: AdminSession, password: Secret | undefined): Promise<void> {
  const role = quoteIdentifier(session.wanted.role);
  await run(session, `ALTER ROLE ${role}${await passwordClause(session, password)}`, {
    action: `set the password of role ${session.wanted.role}`,
    grant: grantFor(session),
  });
}

/**
 * Creates the database, owned by the role. An admin without superuser rights must be able to act as the owner; the membership
 * that it takes for that is revoked afterwards. False if another starter was quicker.
 */
export async function createDatabase(session: AdminSession): Promise<boolean> {
  const { wanted } = session;
  const role = quoteIdentifier(wanted.role);
  const isBorrowing = !(await mayActAsOwner(session));
  const attempt = { action: `make role ${wanted.role} the owner of a database`, grant: grantFor(session) };
  if (isBorrowing) await run(session, `GRANT ${role} TO CURRENT_USER${borrowedOptions(session)}`, attempt);
  try {
    return await run(session, `CREATE DATABASE ${quoteIdentifier(wanted.database)} OWNER ${role}`, {
      action: `create database ${wanted.database}`,
      grant: `ALTER ROLE ${quoteIdentifier(session.admin.user)} CREATEDB`,
    });
  } finally {
    if (isBorrowing) await run(session, `REVOKE ${role} FROM CURRENT_USER`, attempt);
  }
}

async function mayActAsOwner({ database, facts, wanted }: AdminSession): Promise<boolean> {
  const right = facts.serverVersion < FIRST_WITH_SET ? 'MEMBER' : 'SET';
  const [found] = await database.query<{ readonly may: boolean }>('SELECT pg_has_role($1::name, $2) AS may', [
    wanted.role,
    right,
  ]);
  return found?.may === true;
}

function borrowedOptions({ facts }: AdminSession): string {
  return facts.serverVersion < FIRST_WITH_SET ? '' : ' WITH SET TRUE, INHERIT FALSE';
}

/** What lets an admin that is not a superuser change this role. From PostgreSQL 16 on CREATEROLE alone reaches only roles of its own. */
function grantFor({ facts, wanted, admin }: AdminSession): string {
  const user = quoteIdentifier(admin.user);
  if (!facts.mayCreateRoles) return `ALTER ROLE ${user} CREATEROLE`;
  return `GRANT ${quoteIdentifier(wanted.role)} TO ${user} WITH ADMIN OPTION`;
}

/** The verifier as a literal: the password itself stands in no statement. */
async function passwordClause({ facts, wanted }: AdminSession, password: Secret | undefined): Promise<string> {
  if (password === undefined) return '';
  const { escapeLiteral } = await import('pg');
  const verifier = createVerifier({ password, role: wanted.role, serverVersion: facts.serverVersion });
  return ` PASSWORD ${escapeLiteral(revealSecret(verifier))}`;
}

async function run(
  { database, admin }: AdminSession,
  statement: string,
  attempt: { readonly action: string; readonly grant: string },
): Promise<boolean> {
  try {
    await database.query(statement);
    return true;
  } catch (error) {
    if (thereAlready.has(codeOfFault(error))) return false;
    throw explainRefusal(error, attempt, admin);
  }
}
