import { codeOfFault } from '../database/available/faults.ts';
import { readMissingRights } from '../database/roles/missing-rights.ts';
import { kongRights } from '../database/roles/schema-users.ts';
import { EntrypointError } from '../errors.ts';
import type { KongDatabase } from './kong-database.ts';
import type { KongProgram } from './kong-migrations.ts';
import { findRememberedReady } from './warm-start.ts';

/** The role lacks a right, which the migrator may grant it. */
const LACKS_A_RIGHT = '42501';

/**
 * Whether Kong's own role finds the schema remembered as ready, and every right there that it needs: then nobody has to log in as the role
 * that migrates, and its secret is not fetched. Throws what Kong's own login comes to, for Kong would fail by it; `isProvisioned` says that a
 * role or a database that is missing is about to be created.
 */
export async function isReadyForKong(
  program: KongProgram,
  kongDatabase: KongDatabase,
  isProvisioned: boolean,
): Promise<boolean> {
  try {
    const database = await kongDatabase.open();
    try {
      const { schema: pgSchema, user: role } = kongDatabase.settings();
      const facts = await findRememberedReady(program, database, pgSchema);
      if (facts === undefined) return false;
      const user = { role, subject: role, rights: kongRights };
      return (await readMissingRights(database.query, user, facts.schema)).length === 0;
    } finally {
      await database.close();
    }
  } catch (error) {
    if (codeOfFault(error) === LACKS_A_RIGHT || (isProvisioned && mayBeCreated(error))) return false;
    throw error;
  }
}

/** A login that is refused, or a database that does not exist: what provisioning heals. Not a server that is away. */
function mayBeCreated(error: unknown): boolean {
  return error instanceof EntrypointError && error.exitCode !== 75 && /^(?:28|3D)/.test(codeOfFault(error));
}
