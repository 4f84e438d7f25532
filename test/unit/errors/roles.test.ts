import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { Query } from '../../../src/database/available/database.ts';
import { assertRoles } from '../../../src/database/roles/assert-roles.ts';
import { findGrants } from '../../../src/database/roles/grant-rights.ts';
import type { RoleFacts } from '../../../src/database/roles/role-facts.ts';
import { kongRights, type SchemaRoles } from '../../../src/database/roles/schema-users.ts';
import { migratorProblems, readMigratorSettings } from '../../../src/settings/migrator-settings.ts';
import { settingsFrom } from '../../world/settings.ts';
import { describeErrors } from './told.ts';

const folder = mkdtempSync(join(tmpdir(), 'errors-'));
after(() => rmSync(folder, { recursive: true }));
const empty = join(folder, 'empty');
writeFileSync(empty, '\n');

const USER = 'KONG_ENTRYPOINT_MIGRATOR_PG_USER';
const PASSWORD = 'KONG_ENTRYPOINT_MIGRATOR_PG_PASSWORD';
const reference = '{vault://aws/kong-migrator/password}';
type Variables = Readonly<Record<string, string>>;

const given = (environment: Variables) => readMigratorSettings(environment).errors[0];
const beside = (environment: Variables, kong: Variables) =>
  migratorProblems(readMigratorSettings(environment).settings, settingsFrom({ environment: kong }))[0];

const GIVE_USER = 'give the name of the role that owns the schema, or a reference to it';
const GIVE_PASSWORD = `give a reference such as {vault://aws/kong-migrator/password}, or the path of a file in ${PASSWORD}_FILE`;
const GIVE_TWO =
  'give the role that owns the schema, and Kong (KONG_PG_USER) a role of its own; without a migrator, unset both variables';

describeErrors(
  'the role that migrates',
  [
    [
      'is named twice',
      () => given({ [USER]: 'm', [`${USER}_FILE`]: '/x', [PASSWORD]: reference }),
      `78 ${USER}: ${USER} and ${USER}_FILE are both set | ${GIVE_USER}`,
    ],
    [
      'has two passwords',
      () => given({ [USER]: 'm', [PASSWORD]: reference, [`${PASSWORD}_FILE`]: '/x' }),
      `78 ${PASSWORD}: ${PASSWORD} and ${PASSWORD}_FILE are both set | ${GIVE_PASSWORD}`,
    ],
    [
      'has a text for a password',
      () => given({ [USER]: 'm', [PASSWORD]: 'hunter2' }),
      `78 ${PASSWORD}: the value is not a reference, and would stay in Kong's environment | ${GIVE_PASSWORD}`,
    ],
    [
      'has an empty file for a password',
      () => given({ [USER]: 'm', [`${PASSWORD}_FILE`]: empty }),
      `78 ${PASSWORD}_FILE (/empty): the file is empty | write the value into it, or a reference`,
    ],
    [
      'has no name',
      () => given({ [PASSWORD]: reference }),
      `78 ${USER}: it is not set, and ${PASSWORD} is | ${GIVE_USER}`,
    ],
    [
      'has no password',
      () => beside({ [USER]: 'm' }, {}),
      `78 ${PASSWORD}: it is not set, and ${USER} is | ${GIVE_PASSWORD}`,
    ],
    [
      "is Kong's own",
      () => beside({ [USER]: 'kong', [PASSWORD]: reference }, {}),
      `78 ${USER}: it names the role that Kong itself logs in as | ${GIVE_TWO}`,
    ],
    [
      'would log in as only Kong can',
      () => beside({ [USER]: 'm' }, { KONG_PG_OAUTH_AUTH: 'on' }),
      `78 ${USER}: only Kong itself can log in by pg_oauth_auth, so nothing could be granted to its role | use a password or another token for the login, or unset the variables of the migrator`,
    ],
  ],
  folder,
);

const roles: SchemaRoles = {
  migrator: { role: 'm', subject: USER },
  users: [{ role: 'kong', subject: 'KONG_PG_USER', rights: kongRights }],
};

/** A server that answers one statement after another with these rows. */
function answering(...answers: readonly (readonly object[])[]): Query {
  const left = [...answers];
  return async <R extends object>() => (left.shift() ?? []) as R[];
}

async function thrownBy(action: () => Promise<unknown>): Promise<unknown> {
  return action().then(
    () => undefined,
    (error: unknown) => error,
  );
}

const good: RoleFacts = {
  schema: 'public',
  otherSchema: 'public',
  owner: 'm',
  isOwnerSuperuser: false,
  actsAsOwner: true,
};
const found = (facts: Partial<RoleFacts>) =>
  thrownBy(() => assertRoles(answering([{ role: 'kong' }], [{ ...good, ...facts }]), roles, undefined));
const table = { kind: 'TABLE', name: 'public.services', owner: 'old', mayGrant: false };
const view = { kind: 'SEQUENCE', name: 'public."S"', owner: 'other', mayGrant: false };

describeErrors('of two roles', [
  [
    'both are one, by their references',
    () => thrownBy(() => assertRoles(answering(), { ...roles, migrator: { role: 'kong', subject: USER } }, undefined)),
    `78 ${USER}: it names the role that Kong itself logs in as | ${GIVE_TWO}`,
  ],
  [
    "Kong's does not exist",
    () => thrownBy(() => assertRoles(answering([]), roles, undefined)),
    `78 KONG_PG_USER: role kong does not exist, and the migrator is to grant it the use of Kong's tables | let --provision on create it, or have an administrator run: CREATE ROLE "kong" LOGIN PASSWORD '...'`,
  ],
  [
    'each sees a schema of its own',
    () => found({ otherSchema: 'kong' }),
    "78 KONG_PG_SCHEMA: it is not set, and the roles look for Kong's tables in different schemas: m in public, kong in kong | set it to the schema that holds them, or is to hold them",
  ],
  [
    'neither owns the tables',
    () => found({ owner: 'old "owner"', actsAsOwner: false }),
    `77 ${USER}: Kong's tables in schema public belong to old "owner", and m may not change them | have an administrator run: GRANT "old ""owner""" TO "m"`,
  ],
  [
    'neither owns the tables, but a superuser',
    () => found({ owner: 'postgres', actsAsOwner: false, isOwnerSuperuser: true }),
    `77 ${USER}: Kong's tables in schema public belong to postgres, and m may not change them | have an administrator run: DO $$ BEGIN EXECUTE (SELECT string_agg(format('ALTER TABLE %I.%I OWNER TO %I', schemaname, tablename, 'm'), '; ') FROM pg_tables WHERE schemaname = 'public' AND tableowner = 'postgres'); END $$`,
  ],
  [
    'neither may grant the use of a table',
    () => thrownBy(() => findGrants(answering([table, view]), roles, 'public')),
    `77 ${USER}: m may not grant kong what it needs: table public.services of old, sequence public."S" of other | have a superuser, or the owner, run: GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE public.services TO "kong"; GRANT USAGE ON SEQUENCE public."S" TO "kong"`,
  ],
]);
