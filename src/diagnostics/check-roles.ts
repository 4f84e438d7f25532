import { readSchemaFacts } from '../database/memory/schema.ts';
import { assertRoles } from '../database/roles/assert-roles.ts';
import { findExcessRights } from '../database/roles/excess-rights.ts';
import { findGrants } from '../database/roles/grant-rights.ts';
import type { SchemaRoles } from '../database/roles/schema-users.ts';
import { ProgramNotFoundError } from '../errors.ts';
import type { Log } from '../log.ts';
import { findKong, type MigrationsInput, reachDatabase } from '../migrations/acting-roles.ts';
import type { KongProgram } from '../migrations/kong-migrations.ts';
import { readSchemaRoles } from '../migrations/schema-roles.ts';
import type { Dereferencer } from '../references/dereferencer.ts';
import { namingOrigins } from '../references/name-origin.ts';
import type { MigrationsPolicy } from '../settings/entrypoint-settings.ts';
import { checkDatabase, type DatabaseCheck, type LoggedIn } from './check-database.ts';
import type { Checklist } from './check-report.ts';
import { checkSchema, type SchemaCheck } from './check-schema.ts';

export type RolesCheck = MigrationsInput & {
  readonly policy: MigrationsPolicy;
  /** Whether this start would log in as a role that migrates and is not Kong's own. */
  readonly hasMigrator: boolean;
  readonly log: Log;
};

/** Checks the database as each role that this start would log in as, by what that role has to do there. Returns warnings. */
export async function checkRoles(given: RolesCheck, list: Checklist): Promise<readonly string[]> {
  const { dereferencers, command } = given;
  const kong = checkAs(dereferencers.kong, given);
  if (!given.hasMigrator) return checkDatabase(kong, list, (loggedIn) => checkSchema(kong, loggedIn, list));
  const migrator = checkAs(dereferencers.migrator, given);
  const roles = await readSchemaRoles(dereferencers);
  const further = async (loggedIn: LoggedIn): Promise<string[]> => [
    ...(roles === undefined ? [] : await checkGrants(roles, migrator, loggedIn, list)),
    ...(await checkSchema(migrator, loggedIn, list)),
  ];
  if (command.kind !== 'start') return checkDatabase(migrator, list, further);
  const warnings = await checkDatabase(kong, list, async () => []);
  return [...warnings, ...(await checkDatabase(migrator, list, further, 'migrator'))];
}

type RoleCheck = DatabaseCheck & SchemaCheck;

function checkAs(dereferencer: Dereferencer, given: RolesCheck): RoleCheck {
  const kongDatabase = reachDatabase(dereferencer, given);
  return { ...given, kongDatabase, known: dereferencer.known, program: findKongHere(dereferencer, given) };
}

/** The Kong that a start would run; a look at the database needs none. */
export function findKongHere(dereferencer: Dereferencer, input: MigrationsInput): KongProgram | undefined {
  try {
    return findKong(dereferencer, input);
  } catch (error) {
    if (error instanceof ProgramNotFoundError) return undefined;
    throw error;
  }
}

/** What the migrator would grant, and what nobody should have granted: a right of Kong's role to change its own schema. */
async function checkGrants(
  roles: SchemaRoles,
  { known }: RoleCheck,
  { database }: LoggedIn,
  list: Checklist,
): Promise<readonly string[]> {
  const { migrator, users } = roles;
  const { query } = database;
  const warnings: string[] = [];
  await list.look('roles', () =>
    namingOrigins(known, async () => {
      await assertRoles(query, roles, known.typed.pg_schema);
      const { schema } = await readSchemaFacts(database, known.typed.pg_schema);
      for (const { role } of users) {
        const excess = await findExcessRights(query, { role, migrator: migrator.role }, schema);
        warnings.push(
          ...excess.map(
            ({ because, statement }) =>
              `role ${role} could still change Kong's schema, for ${because}; an administrator ends that with: ${statement}`,
          ),
        );
      }
      const { lines } = await findGrants(query, roles, schema);
      const named = users.map(({ role }) => role).join(' and ');
      return lines.length === 0
        ? `${migrator.role} migrates, and ${named} may use what is there`
        : `${migrator.role} migrates; ${named} lacks rights, which a start grants`;
    }),
  );
  return warnings;
}
