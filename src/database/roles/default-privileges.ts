import type { Query } from '../available/database.ts';
import { quoteIdentifier } from '../memory/schema.ts';
import type { Rights, SchemaUser } from './schema-users.ts';

/** What PostgreSQL grants by itself on things that are yet to be made; `pg_default_acl` has a letter for each. */
const kinds: readonly { readonly letter: string; readonly words: string; readonly of: keyof Rights }[] = [
  { letter: 'r', words: 'TABLES', of: 'tables' },
  { letter: 'S', words: 'SEQUENCES', of: 'sequences' },
  { letter: 'f', words: 'FUNCTIONS', of: 'functions' },
];

/**
 * The statements that are missing so that whatever the role that asks makes in the schema can be used by this role: a plugin's table by the
 * migrations of tomorrow, or by hand.
 */
export async function missingDefaults(query: Query, { role, rights }: SchemaUser, schema: string): Promise<string[]> {
  const there = await query<{ readonly letter: string; readonly rights: readonly string[] }>(
    `SELECT d.defaclobjtype AS letter, array_agg(a.privilege_type::text) AS rights
       FROM pg_default_acl d CROSS JOIN LATERAL aclexplode(d.defaclacl) a
      WHERE d.defaclrole = (SELECT oid FROM pg_roles WHERE rolname = current_user)
        AND d.defaclnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $2::text)
        AND a.grantee = (SELECT oid FROM pg_roles WHERE rolname = $1::text)
      GROUP BY d.defaclobjtype`,
    [role, schema],
  );
  return kinds.flatMap(({ letter, words, of }) => {
    const granted = there.find((one) => one.letter === letter)?.rights ?? [];
    if (rights[of].every((right) => granted.includes(right))) return [];
    const where = `ALTER DEFAULT PRIVILEGES IN SCHEMA ${quoteIdentifier(schema)}`;
    return [`${where} GRANT ${rights[of].join(', ')} ON ${words} TO ${quoteIdentifier(role)}`];
  });
}
