import { throwTogether } from '../../errors.ts';
import type { Database } from '../available/database.ts';
import { waitUntilWritable } from '../available/wait-until-writable.ts';
import type { Admin } from './admin.ts';
import { createDatabase, createRole } from './create.ts';
import { readProvisioningFacts } from './facts.ts';
import { type ProvisionedRole, wantedOf } from './provisioned-role.ts';
import { findMissingRights } from './refusals.ts';

/** What was created, in words. */
export type Created = { readonly names: readonly string[]; readonly hasNewDatabase: boolean };

export const nothingCreated: Created = { names: [], hasNewDatabase: false };

/** The first of the roles is to own the database. Every right that the admin lacks is told before anything is changed. */
export async function createMissing(
  database: Database,
  roles: readonly ProvisionedRole[],
  admin: Admin,
): Promise<Created> {
  const sessions = [];
  for (const role of roles) {
    const wanted = wantedOf(role);
    // Looks again, for another starter may have had the lock before.
    sessions.push({ database, admin, wanted, facts: await readProvisioningFacts(database, wanted), role });
  }
  throwTogether(
    sessions.flatMap(({ facts, wanted }) => findMissingRights(facts, wanted, admin)).filter(isFirstOfItsKind),
  );
  await waitUntilWritable(database);
  const names: string[] = [];
  for (const { role, ...session } of sessions) {
    const isNew = !session.facts.hasRole && (await createRole(session, role.settings().password));
    if (isNew) names.push(`role ${session.wanted.role}`);
  }
  const [owner] = sessions;
  const hasNewDatabase = owner !== undefined && !owner.facts.hasDatabase && (await createDatabase(owner));
  return { names: hasNewDatabase ? [...names, `database ${owner.wanted.database}`] : names, hasNewDatabase };
}

/** Both roles need the same database. */
function isFirstOfItsKind(error: Error, index: number, all: readonly Error[]): boolean {
  return all.findIndex(({ message }) => message === error.message) === index;
}
