import { AccessRefusedError, EntrypointError, SettingError, UnavailableError } from '../../errors.ts';
import { codeOfFault, readFault } from '../available/faults.ts';
import { quoteIdentifier } from '../memory/schema.ts';
import type { Admin } from './admin.ts';
import type { ProvisioningFacts, Wanted } from './facts.ts';

/** Every right that the admin lacks, found before anything is changed. */
export function findMissingRights(facts: ProvisioningFacts, wanted: Wanted, admin: Admin): AccessRefusedError[] {
  const lacking: AccessRefusedError[] = [];
  function require(isAllowed: boolean, what: string, attribute: string): void {
    if (isAllowed || facts.isSuperuser) return;
    lacking.push(
      new AccessRefusedError(`role ${admin.user} may not create ${what}`, {
        subject: admin.subject,
        hint: `have a superuser run: ALTER ROLE ${quoteIdentifier(admin.user)} ${attribute}`,
      }),
    );
  }
  require(facts.hasRole || facts.mayCreateRoles, `role ${wanted.role}`, 'CREATEROLE');
  require(facts.hasDatabase || facts.mayCreateDatabases, `database ${wanted.database}`, 'CREATEDB');
  return lacking;
}

/** What was tried, and the statement that gives the right to it. */
export type Attempt = { readonly action: string; readonly grant: string };

/** SQLSTATEs of a refused login, a missing database or a read-only server, also on a new connection: their errors say it already. */
const ofConnection = /^(?:28|3D|25)/;

/**
 * Explains why PostgreSQL refused, without its own words: they could quote the statement, and with it a verifier.
 */
export function explainRefusal(error: unknown, { action, grant }: Attempt, admin: Admin): EntrypointError {
  const code = codeOfFault(error);
  const details = { subject: admin.subject, cause: error };
  if (code === '42501') {
    const hint = `have a superuser, or the owner, run: ${grant}`;
    return new AccessRefusedError(`role ${admin.user} may not ${action}`, { ...details, hint });
  }
  if (code === '55006') {
    return new UnavailableError(`PostgreSQL could not ${action}: somebody is connected to its template`, {
      ...details,
      hint: 'end the sessions in database template1, and name another for KONG_ENTRYPOINT_ADMIN_PG_DATABASE',
    });
  }
  if (error instanceof EntrypointError && (code === 'unknown' || ofConnection.test(code))) return error;
  if (readFault(error, '').kind === 'passing') {
    return new UnavailableError(`the connection was lost while role ${admin.user} was to ${action}`, {
      ...details,
      hint: 'start again: completed steps are not repeated',
    });
  }
  return new SettingError(`PostgreSQL did not ${action} (${code})`, {
    ...details,
    hint: 'look up the code in the documentation of PostgreSQL',
  });
}
