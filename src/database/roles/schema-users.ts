/** A role that uses Kong's tables and does not own them. */
export type SchemaUser = {
  readonly role: string;
  /** The setting that names the role, as an error names it. */
  readonly subject: string;
  readonly rights: Rights;
};

/** What a role needs at run time, in the words of GRANT. */
export type Rights = {
  readonly tables: readonly string[];
  readonly sequences: readonly string[];
  readonly functions: readonly string[];
};

/** Kong's own role: a real 3.9.1 ran on this and USAGE on the schema. It has no right to TRUNCATE, and owns nothing. */
export const kongRights: Rights = {
  tables: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  sequences: ['USAGE'],
  functions: ['EXECUTE'],
};

/** The role of `pg_ro_user`, which only reads. */
export const readOnlyRights: Rights = { tables: ['SELECT'], sequences: [], functions: [] };

/** The role that migrates, and those that it grants the use of Kong's tables to. */
export type SchemaRoles = {
  readonly migrator: Pick<SchemaUser, 'role' | 'subject'>;
  readonly users: readonly SchemaUser[];
};
