import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KONG_PASSWORD } from '../world/world.ts';
import type { Scene, Variables } from './scene.ts';

export const MIGRATOR_PASSWORD = 'the migrator has a password of its own';

export type TwoRoles = Variables & { readonly KONG_PG_DATABASE: string };

/** Names that SQL takes only in quotes, each once. */
const names = { kong: 'Kong "runtime"', migrator: 'Kong migrator; --' };

/**
 * A fresh database that belongs to a role which migrates, and a role of Kong's own without any right in it. The migrator's password is in a
 * file. Where everybody may create in the schema public (before PostgreSQL 15), the administrator has ended that.
 */
export async function withTwoRoles(scene: Scene, roles: typeof names = names): Promise<TwoRoles> {
  const environment = await scene.freshEnvironment();
  const { postgresql, folder } = scene.world;
  const database = environment.KONG_PG_DATABASE;
  const [kong, migrator] = [roles.kong, roles.migrator].map((name) => `${name} ${database}`);
  if (kong === undefined || migrator === undefined) throw new TypeError('two names');
  await postgresql.createRole(kong, KONG_PASSWORD);
  await postgresql.createRole(migrator, MIGRATOR_PASSWORD);
  await scene.ask(
    environment,
    `ALTER DATABASE ${database} OWNER TO ${quoted(migrator)}; REVOKE CREATE ON SCHEMA public FROM PUBLIC;
     GRANT CREATE ON SCHEMA public TO ${quoted(migrator)}`,
  );
  const file = join(folder, 'migrator-password');
  writeFileSync(file, `${MIGRATOR_PASSWORD}\n`);
  return {
    ...environment,
    KONG_PG_USER: kong,
    KONG_ENTRYPOINT_MIGRATOR_PG_USER: migrator,
    KONG_ENTRYPOINT_MIGRATOR_PG_PASSWORD_FILE: file,
  };
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Runs a statement as Kong's own role, and returns the SQLSTATE with which the server refuses it, or `done`. */
export async function asKong(scene: Scene, environment: Variables, sql: string): Promise<string> {
  const { KONG_PG_USER: user = '', KONG_PG_DATABASE: database = '' } = environment;
  const client = await scene.world.postgresql.connect({ user, password: KONG_PASSWORD, database });
  try {
    await client.query(sql);
    return 'done';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  } finally {
    await client.end();
  }
}

/** Every table in the schema, quoted. */
export async function tablesOf(scene: Scene, environment: Variables, schema = 'public'): Promise<string[]> {
  const rows = await scene.ask<{ readonly name: string }>(
    environment,
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = '${schema.replaceAll("'", "''")}' ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

/** All that the catalog says of rights in this database, to be compared. */
export async function rightsIn(scene: Scene, environment: Variables): Promise<unknown> {
  return scene.ask(
    environment,
    `SELECT (SELECT json_agg(json_build_array(relname, relacl::text, xmin::text) ORDER BY relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace) AS tables,
            (SELECT json_agg(json_build_array(defaclobjtype, defaclacl::text, xmin::text) ORDER BY defaclobjtype) FROM pg_default_acl) AS defaults,
            (SELECT json_agg(json_build_array(nspname, nspacl::text, xmin::text)) FROM pg_namespace WHERE nspname = 'public') AS schemas`,
  );
}

/** As Kong's role: every table can be read and written, and none made, changed, dropped or emptied at a stroke. */
export async function assertLeastRights(scene: Scene, environment: Variables, schema = 'public'): Promise<void> {
  const tables = await tablesOf(scene, environment, schema);
  assert.ok(tables.length > 8, tables.join());
  const refused = [`CREATE TABLE ${quoted(schema)}.mine ()`];
  for (const table of tables) {
    refused.push(`ALTER TABLE ${table} ADD COLUMN mine text`, `DROP TABLE ${table}`, `TRUNCATE ${table}`);
    const [column] = await scene.ask<{ readonly name: string }>(
      environment,
      `SELECT quote_ident(attname) AS name FROM pg_attribute WHERE attrelid = '${table.replaceAll("'", "''")}'::regclass AND attnum = 1`,
    );
    const used = `SELECT * FROM ${table}; INSERT INTO ${table} SELECT * FROM ${table} WHERE false;
      UPDATE ${table} SET ${column?.name} = ${column?.name} WHERE false; DELETE FROM ${table} WHERE false`;
    assert.equal(await asKong(scene, environment, used), 'done', table);
  }
  for (const statement of refused) assert.equal(await asKong(scene, environment, statement), '42501', statement);
}
