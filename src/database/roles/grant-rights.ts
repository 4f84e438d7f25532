import { AccessRefusedError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Database, Query } from '../available/database.ts';
import { waitUntilWritable } from '../available/wait-until-writable.ts';
import { missingDefaults } from './default-privileges.ts';
import { grantStatements, type MissingRight, readMissingRights } from './missing-rights.ts';
import type { SchemaRoles, SchemaUser } from './schema-users.ts';

/** What is to be granted: the statements, and a line for each role that gets something. */
export type Grants = { readonly statements: readonly string[]; readonly lines: readonly string[] };

/**
 * Grants each user of the schema what it needs there and lacks, now and for what is yet to be made, in one transaction; where nothing is
 * missing, nothing is written. Asked by the role that migrates, under the lock. Throws AccessRefusedError (77) where somebody else owns a thing.
 */
export async function grantRights(database: Database, roles: SchemaRoles, schema: string, log: Log): Promise<void> {
  const { statements, lines } = await findGrants(database.query, roles, schema);
  if (statements.length === 0) return;
  await waitUntilWritable(database);
  // Several statements in one text, without values, are one transaction.
  await database.query(statements.join(';\n'));
  for (const line of lines) log.info(line);
}

/** Changes nothing, and throws the same. */
export async function findGrants(query: Query, { migrator, users }: SchemaRoles, schema: string): Promise<Grants> {
  const statements: string[] = [];
  const lines: string[] = [];
  for (const user of users) {
    const missing = await readMissingRights(query, user, schema);
    assertGrantable(missing, migrator, user);
    const defaults = await missingDefaults(query, user, schema);
    statements.push(...grantStatements(missing, user), ...defaults);
    if (missing.length + defaults.length > 0) lines.push(describe(missing, defaults, user, schema));
  }
  return { statements, lines };
}

function assertGrantable(missing: readonly MissingRight[], migrator: SchemaRoles['migrator'], user: SchemaUser): void {
  const refused = missing.filter(({ mayGrant }) => !mayGrant);
  if (refused.length === 0) return;
  const things = refused.map(({ kind, name, owner }) => `${kind.toLowerCase()} ${name} of ${owner}`);
  throw new AccessRefusedError(`${migrator.role} may not grant ${user.role} what it needs: ${things.join(', ')}`, {
    subject: migrator.subject,
    hint: `have a superuser, or the owner, run: ${grantStatements(refused, user).join('; ')}`,
  });
}

const nouns: readonly (readonly [MissingRight['kind'], string])[] = [
  ['SCHEMA', 'the schema'],
  ['TABLE', 'table'],
  ['SEQUENCE', 'sequence'],
  ['FUNCTION', 'function'],
  ['ROUTINE', 'function'],
];

function describe(
  missing: readonly MissingRight[],
  defaults: readonly string[],
  { role }: SchemaUser,
  schema: string,
): string {
  const counted = nouns.flatMap(([kind, noun]) => {
    const number = missing.filter((one) => one.kind === kind).length;
    if (number === 0) return [];
    return [kind === 'SCHEMA' ? noun : `${number} ${noun}${number === 1 ? '' : 's'}`];
  });
  const later = defaults.length === 0 ? [] : ['what is yet to be made there'];
  return `role ${role} was granted the use of ${[...counted, ...later].join(', ')} in schema ${schema}`;
}
