import { kongRights, readOnlyRights, type SchemaRoles, type SchemaUser } from '../database/roles/schema-users.ts';
import type { Dereferencers } from '../references/dereferencer.ts';
import { type KnownSettings, reveal } from '../references/known-settings.ts';
import { migratorKeys } from '../settings/migrator-settings.ts';
import { nameSetting, variableOf } from '../settings/setting.ts';

/** Whether a role of its own migrates. */
export function hasMigrator({ migrator }: Dereferencers): boolean {
  return migrator.known.login === 'migrator';
}

/**
 * The role that migrates and those that it grants the use of Kong's tables to; undefined where Kong's own role migrates. Dereferences their
 * names, and nothing of what they log in with.
 */
export async function readSchemaRoles(dereferencers: Dereferencers): Promise<SchemaRoles | undefined> {
  if (!hasMigrator(dereferencers)) return undefined;
  const { references } = dereferencers.kong.known;
  const names = new Set<string>(['pg_user', 'pg_ro_user', migratorKeys.user]);
  const known = await dereferencers.kong.fetchThese(references.filter(({ setting }) => names.has(setting.key)));
  const kong = { role: known.typed.pg_user ?? 'kong', subject: subjectOf('pg_user', known), rights: kongRights };
  const migrator = { role: textOf(migratorKeys.user, known), subject: subjectOf(migratorKeys.user, known) };
  return { migrator, users: [kong, ...readOnlyUser(known, [kong.role, migrator.role])] };
}

/** The role of `pg_ro_user`, where it is set and none of the others. */
function readOnlyUser(known: KnownSettings, others: readonly string[]): SchemaUser[] {
  const role = textOf('pg_ro_user', known);
  if (role === '' || others.includes(role)) return [];
  return [{ role, subject: subjectOf('pg_ro_user', known), rights: readOnlyRights }];
}

function textOf(key: string, { all }: KnownSettings): string {
  return reveal(all.get(key)?.value) ?? '';
}

function subjectOf(key: string, { all }: KnownSettings): string {
  const found = all.get(key);
  return found === undefined ? variableOf(key) : nameSetting(found.setting);
}
