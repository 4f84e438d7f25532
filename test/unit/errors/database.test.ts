import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { GRANT_CREATE } from '../../../src/database/available/fault-sentences.ts';
import { readFault } from '../../../src/database/available/faults.ts';
import { connect } from '../../../src/database/connection/connect.ts';
import { createIamToken } from '../../../src/database/connection/iam-token.ts';
import { createLookAhead } from '../../../src/database/connection/look-ahead.ts';
import type { Admin } from '../../../src/database/provisioning/admin.ts';
import { explainRefusal } from '../../../src/database/provisioning/refusals.ts';
import { findUnprovisionable } from '../../../src/database/provisioning/wanted.ts';
import { checkSchema } from '../../../src/diagnostics/check-schema.ts';
import { createLog } from '../../../src/log.ts';
import { childFailed, runKong } from '../../../src/migrations/kong-child.ts';
import { hintFor } from '../../../src/migrations/kong-lines.ts';
import type { LockedSchema } from '../../../src/migrations/locked-schema.ts';
import { migrateByCommand, migrateByPolicy } from '../../../src/migrations/migrate.ts';
import type { SchemaState } from '../../../src/migrations/schema-state.ts';
import { createPhases } from '../../../src/process/phases.ts';
import { knowSettings } from '../../../src/references/known-settings.ts';
import type { TokenSetting } from '../../../src/references/needed.ts';
import type { MigrationsStep } from '../../../src/settings/command.ts';
import { describeErrors } from './told.ts';

const folder = mkdtempSync(join(tmpdir(), 'errors-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o755 });
  return path;
}

const connection = 'kong@db:5432/kong';

function lasting(code: string | undefined, message: string, tokenSetting?: TokenSetting): unknown {
  const error = Object.assign(new Error(message), code === undefined ? {} : { code });
  const fault = readFault(error, connection, tokenSetting);
  return fault.kind === 'passing' ? fault : fault.error;
}

describeErrors('PostgreSQL', [
  [
    'refuses the login',
    () => lasting('28P01', ''),
    '77 pg_password: kong@db:5432/kong: PostgreSQL refused the login | check that the role exists and that this is its password; PostgreSQL does not say which is wrong',
  ],
  [
    'has no such database',
    () => lasting('3D000', ''),
    '78 pg_database: kong@db:5432/kong: the database does not exist | create it (CREATE DATABASE ... OWNER ...), or correct KONG_PG_DATABASE',
  ],
  [
    'lets nobody in from here',
    () => lasting('28000', ''),
    '77 pg_user: kong@db:5432/kong: PostgreSQL does not admit this user from this address | check pg_hba.conf and the LOGIN right of the role; a server that demands TLS (rds.force_ssl) needs KONG_PG_SSL=on',
  ],
  [
    'wants a right',
    () => lasting('42501', ''),
    '77 pg_user: kong@db:5432/kong: the role lacks a required right | from PostgreSQL 15 on a role that does not own the database needs: GRANT CREATE ON SCHEMA public TO <role>',
  ],
  [
    'accepts no connections to it',
    () => lasting('55000', ''),
    '78 pg_database: kong@db:5432/kong: the database does not accept connections | ALTER DATABASE ... ALLOW_CONNECTIONS true, or name another database',
  ],
  [
    'is read-only',
    () => lasting('25006', ''),
    '77 pg_host: kong@db:5432/kong: the server is read-only, and this start has to write | give the writer endpoint of the database, not a reader',
  ],
  [
    'refuses the token of AWS',
    () => lasting('28000', 'PAM authentication failed for user "kong"', 'pg_iam_auth'),
    '77 pg_iam_auth: kong@db:5432/kong: PostgreSQL refused the token for this role | GRANT rds_iam TO the role, allow rds-db:connect on it, and check the region and the clock',
  ],
  [
    'refuses the token of Azure',
    () => lasting('28P01', 'password authentication failed for user "kong"', 'pg_azure_auth'),
    '77 pg_azure_auth: kong@db:5432/kong: PostgreSQL refused the token for this role | give KONG_PG_USER the name of the identity, and make it a role (SELECT * FROM pgaadauth_create_principal(...)) of a server with Microsoft Entra authentication',
  ],
  [
    'refuses the token of Google',
    () => lasting('28000', 'Cloud SQL IAM service account authentication failed for user "kong"', 'pg_gcp_auth'),
    "77 pg_gcp_auth: kong@db:5432/kong: PostgreSQL refused the token for this role | give KONG_PG_USER the e-mail of the service account without .gserviceaccount.com, make it a user of the instance, with roles/cloudsql.instanceUser, and set the instance's flag cloudsql.iam_authentication",
  ],
  [
    'asks for a password',
    () => lasting(undefined, 'SASL: client password must be a string'),
    '77 pg_password: kong@db:5432/kong: the server asks for a password, and none is set | set KONG_PG_PASSWORD, best as a vault reference',
  ],
  [
    'has no TLS',
    () => lasting(undefined, 'The server does not support SSL connections'),
    '78 pg_ssl: kong@db:5432/kong: the server has no TLS, and it is required | turn TLS on at the server, or set KONG_PG_SSL_REQUIRED=off, which a login by token does not permit',
  ],
  [
    'is not trusted',
    () => lasting('SELF_SIGNED_CERT_IN_CHAIN', ''),
    "77 pg_ssl: kong@db:5432/kong: TLS failed (SELF_SIGNED_CERT_IN_CHAIN) | add the server's certificate authority to KONG_LUA_SSL_TRUSTED_CERTIFICATE (RDS: the regional bundle), and check KONG_PG_SSL_VERSION",
  ],
  [
    'is a pooler that refuses a parameter',
    () => lasting('08P01', 'unsupported startup parameter: client_encoding'),
    '78 pg_host: kong@db:5432/kong: the pooler does not support a parameter of the startup | let it ignore client_encoding and application_name (PgBouncer: ignore_startup_parameters)',
  ],
  [
    'says something else',
    () => lasting('42P01', 'relation "x" does not exist'),
    '77 pg_host: kong@db:5432/kong: PostgreSQL answered: relation "x" does not exist (42P01) | look up the code in the documentation of PostgreSQL',
  ],
]);

const admin: Admin = {
  user: 'master',
  subject: 'KONG_ENTRYPOINT_ADMIN_PG_USER',
  link: () => assert.fail('nothing connects here'),
  open: () => Promise.reject(new TypeError('nothing connects here')),
};
const attempt = { action: 'create database kong', grant: 'ALTER ROLE "master" CREATEDB' };
const refused = (code: string) => explainRefusal(Object.assign(new Error(), { code }), attempt, admin);
const kong = { user: 'kong', database: 'kong', password: undefined } as never;

describeErrors('provisioning', [
  [
    'lacks a right',
    () => refused('42501'),
    '77 KONG_ENTRYPOINT_ADMIN_PG_USER: role master may not create database kong | have a superuser, or the owner, run: ALTER ROLE "master" CREATEDB',
  ],
  [
    'finds somebody in the template',
    () => refused('55006'),
    '75 KONG_ENTRYPOINT_ADMIN_PG_USER: PostgreSQL could not create database kong: somebody is connected to its template | end the sessions in database template1, and name another for KONG_ENTRYPOINT_ADMIN_PG_DATABASE',
  ],
  [
    'loses its connection',
    () => refused('57P01'),
    '75 KONG_ENTRYPOINT_ADMIN_PG_USER: the connection was lost while role master was to create database kong | start again: completed steps are not repeated',
  ],
  [
    'is refused otherwise',
    () => refused('22023'),
    '78 KONG_ENTRYPOINT_ADMIN_PG_USER: PostgreSQL did not create database kong (22023) | look up the code in the documentation of PostgreSQL',
  ],
  [
    'has no password to give',
    () => findUnprovisionable(kong, admin)[0],
    '78 pg_password: it is not set, and the role is to be created with it | set it, as a reference',
  ],
]);

const log = createLog({ level: 'error', format: 'text', write: () => undefined, now: Date.now });
const goodState: SchemaState = { needsBootstrap: false, hasNew: false, hasPending: false };

/** A schema of which Kong always tells the same, whatever was run. */
function always(state: Partial<SchemaState>): LockedSchema {
  return {
    run: async () => '',
    isProvedReady: async () => false,
    readState: async () => ({ ...goodState, ...state }),
    memory: {
      wasInterrupted: async () => false,
      beginBootstrap: async () => undefined,
      forgetBootstrap: async () => undefined,
      forgetBootstraps: async () => undefined,
    } as never,
    name: 'schema public of database kong at db:5432',
    kongVersion: '3.10.0.0',
    isBegun: async () => true,
    waitUntilWritable: async () => undefined,
    rememberReady: async () => undefined,
    grantRights: async () => undefined,
    assertNoOlderKong: async () => undefined,
  };
}

const none = { variables: {}, blanked: [] };
const some = { variables: {}, blanked: ['KONG_SSL_CERT', 'KONG_SSL_CERT_KEY'] };
const killed = { signal: 'SIGKILL', isLate: false } as const;
const failed = { exitCode: 1, isLate: false } as const;

/** A Kong that does nothing for long. */
const child = {
  kong: file('kong', '#!/bin/sh\nexec sleep 30\n'),
  args: ['migrations', 'up'],
  environment: none,
  cancel: new AbortController().signal,
  secrets: [],
  grace: 100,
  world: {
    stop: { signal: new AbortController().signal, onSignal: () => () => undefined },
    log,
    phases: createPhases(),
    write: () => undefined,
  },
} as const;

const core = { subsystem: 'core', isAddedPlugin: false };
const acl = { subsystem: 'acl', isAddedPlugin: true };

describeErrors('migrations', [
  [
    'change nothing',
    () => migrateByPolicy('up', always({ hasNew: true }), log),
    '75 the schema is not ready after 6 steps of kong migrations | run kong migrations list, and look for another node that changes the same database',
  ],
  [
    'are new',
    () => migrateByPolicy('bootstrap', always({ hasNew: true }), log),
    '78 KONG_ENTRYPOINT_MIGRATIONS: this version of Kong has new migrations, and the policy bootstrap does not run them | run it with --migrations up: nodes of the previous version keep working until finish; you choose when to run it',
  ],
  [
    'are new, and Kong says of what',
    () => migrateByPolicy('bootstrap', always({ hasNew: true, news: [core, { ...acl, isAddedPlugin: false }] }), log),
    '78 KONG_ENTRYPOINT_MIGRATIONS: this version of Kong has new migrations (core, acl), and the policy bootstrap does not run them | run it with --migrations up: nodes of the previous version keep working until finish; you choose when to run it',
  ],
  [
    'are those of plugins that were added',
    () => migrateByPolicy('bootstrap', always({ hasNew: true, news: [acl, { ...acl, subsystem: 'acme' }] }), log),
    '78 KONG_ENTRYPOINT_MIGRATIONS: plugins were added that have new migrations (acl, acme), and the policy bootstrap does not run them | run it once with --migrations up, or take the plugins out of KONG_PLUGINS',
  ],
  [
    'are both',
    () => migrateByPolicy('bootstrap', always({ hasNew: true, news: [core, acl] }), log),
    '78 KONG_ENTRYPOINT_MIGRATIONS: this version of Kong has new migrations (core), plugins were added that have new migrations (acl), and the policy bootstrap does not run them | run it with --migrations up: nodes of the previous version keep working until finish; you choose when to run it',
  ],
  [
    'are new, and others pending',
    () => migrateByPolicy('bootstrap', always({ hasNew: true, hasPending: true }), log),
    '78 KONG_ENTRYPOINT_MIGRATIONS: there are new migrations, and pending ones from an earlier upgrade that was never finished | run kong migrations finish once no older node is running, then start with --migrations up',
  ],
  [
    'are to go up, with others pending',
    () => migrateByPolicy('up', always({ hasNew: true, hasPending: true }), log),
    '78 KONG_ENTRYPOINT_MIGRATIONS: new migrations cannot be run while pending ones from an earlier upgrade remain | run kong migrations finish (or --migrations finish) once no older node is running',
  ],
  [
    'are not begun after their command',
    () => migrateByCommand('up', [], always({ needsBootstrap: true }), log),
    '75 kong migrations up ended without an error, and the schema has: not bootstrapped | another node may be at work; start again, and look at its log',
  ],
  [
    'are pending after their command',
    () => migrateByCommand('finish', [], always({ hasPending: true }), log),
    '78 kong migrations finish ended without an error, and the schema has: pending migrations | run kong migrations finish',
  ],
  [
    'are new after their command',
    () => migrateByCommand('bootstrap', [], always({ hasNew: true }), log),
    '78 kong migrations bootstrap ended without an error, and the schema has: new migrations | run kong migrations up',
  ],
  [
    'are killed',
    () => childFailed('bootstrap', killed, none),
    "137 kong migrations bootstrap was ended by SIGKILL | kong-entrypoint did not send that signal: look for the kernel's out-of-memory killer, and check the memory limit of the container",
  ],
  [
    'are killed, with settings blanked',
    () => childFailed('bootstrap', killed, some),
    "137 kong migrations bootstrap was ended by SIGKILL | kong-entrypoint did not send that signal: look for the kernel's out-of-memory killer, and check the memory limit of the container; left empty for it, because it does not need these references: KONG_SSL_CERT, KONG_SSL_CERT_KEY",
  ],
  [
    'fail',
    () => childFailed('up', failed, none),
    '1 kong migrations up failed with exit code 1 | its own lines above say why',
  ],
  [
    'lack a right, with settings blanked',
    () => childFailed('bootstrap', failed, some, GRANT_CREATE),
    '1 kong migrations bootstrap failed with exit code 1 | from PostgreSQL 15 on a role that does not own the database needs: GRANT CREATE ON SCHEMA public TO <role>; left empty for it, because it does not need these references: KONG_SSL_CERT, KONG_SSL_CERT_KEY',
  ],
  [
    'take too long',
    () => runKong(child, { timeLimit: 100, onOutput: () => undefined }),
    '75 kong migrations up did not end within 100 ms and was stopped | look at what holds locks in the database (pg_stat_activity); KONG_ENTRYPOINT_MIGRATIONS_TIMEOUT bounds a step',
  ],
  [
    'stop at a reserved name, with settings blanked',
    () => childFailed('up', failed, some, hintFor('reserved name')),
    '1 kong migrations up failed with exit code 1 | Kong 3.15 and later reserve that name: move the workspace to another name with the older Kong (deck gateway dump, sync), delete it, and run this again; left empty for it, because it does not need these references: KONG_SSL_CERT, KONG_SSL_CERT_KEY',
  ],
  [
    'fail, with settings blanked',
    () => childFailed('up', failed, some),
    '1 kong migrations up failed with exit code 1 | its own lines above say why; left empty for it, because it does not need these references: KONG_SSL_CERT, KONG_SSL_CERT_KEY',
  ],
]);

/** No host can be like that; it stands for whatever makes the signing itself fail. */
const unprintable = { toString: () => assert.fail('no host') };

const world = {
  environment: { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'AKIAKONG', AWS_SECRET_ACCESS_KEY: 'hunter2' },
  signal: new AbortController().signal,
  log,
};

describeErrors('a token of AWS', [
  [
    'cannot be made',
    () => createIamToken({ host: unprintable, port: 5432, user: 'kong', typed: {} } as never, world),
    '77 pg_iam_auth: no token for the login to PostgreSQL could be made from the AWS credentials | give the task a role with rds-db:connect on this database user',
  ],
]);

/** A server that answers any first message with the wish for a password in clear text (AuthenticationCleartextPassword). */
async function connectInClear(): Promise<unknown> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3])));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const settings = { host: '127.0.0.1', port, user: 'kong', database: 'kong', timeout: 5000, typed: {} } as never;
  const { signal } = new AbortController();
  try {
    return await connect(settings, { log, ahead: createLookAhead(), password: async () => undefined, signal });
  } finally {
    server.close();
  }
}

describeErrors('a login', [
  [
    'is asked for in clear text',
    connectInClear,
    '77 pg_password: kong@127.0.0.1:PORT/kong: the server asks for the password in clear text over an unverified connection | make the server use scram-sha-256 (pg_hba.conf), or set KONG_PG_SSL=on and KONG_PG_SSL_VERIFY=on',
  ],
]);

/** `--check kong migrations STEP`, or of a start that waits, where the schema is like this: the first check that failed, as an error. */
async function checkStep(
  step: MigrationsStep | 'wait',
  status: string,
  mayCreate = true,
  isReadOnly = false,
): Promise<unknown> {
  const kong = file(`kong-${step}`, `#!/bin/sh\necho '${status}'\n`);
  const rows = [
    { schema: 'public', schemaExists: true, isBootstrapped: status !== isEmpty, isReadable: true, hasMemory: false },
    { isOwner: false, owner: 'postgres', schema: 'public', mayCreate },
    { free: true },
  ];
  const database = { query: async () => [rows.shift() ?? {}], close: async () => undefined } as never;
  const failures: unknown[] = [];
  const list = {
    async look(_: string, action: () => unknown) {
      try {
        await action();
        return true;
      } catch (error) {
        failures.push(error);
        return false;
      }
    },
  } as never;
  const known = knowSettings({ settings: new Map(), kongVersion: '3.10.0.0' });
  const command = step === 'wait' ? { kind: 'start' } : { kind: 'migrations', step };
  const program = {
    path: kong,
    conf: undefined,
    environment: {},
    files: new Map(),
    dereferencer: { known, fetchMissing: async () => known },
    settings: { grace: 100 },
    world: child.world,
  };
  await checkSchema({ command, policy: 'wait', known, program, log } as never, { database, isReadOnly }, list);
  return failures[0];
}

const isNew = '{"needs_bootstrap":false,"new_migrations":true,"pending_migrations":false}';
const isUnfinished = '{"needs_bootstrap":false,"new_migrations":true,"pending_migrations":true}';
const isEmpty = '{"needs_bootstrap":true,"new_migrations":false,"pending_migrations":false}';

describeErrors('a check of the schema', [
  [
    'finds no right to create',
    () => checkStep('bootstrap', isEmpty, false),
    '1 KONG_PG_USER: not bootstrapped: kong migrations bootstrap is the right step, and this role may not create tables in schema public | from PostgreSQL 15 on a role that does not own the database needs: GRANT CREATE ON SCHEMA public TO <role>',
  ],
  [
    'finds a server that takes no writes',
    () => checkStep('bootstrap', isEmpty, true, true),
    '77 KONG_PG_HOST: not bootstrapped: kong migrations bootstrap is the right step, and the server is read-only | give the writer endpoint of the database, not a reader',
  ],
  [
    'finds that nobody has migrated yet',
    () => checkStep('wait', isNew),
    '75 KONG_ENTRYPOINT_MIGRATIONS: new migrations: the policy wait leaves this to another container, and a start waits for it | run the migrations where they belong, such as a task of its own with --migrations up',
  ],
  [
    'finds that up is too early',
    () => checkStep('up', isEmpty),
    '1 kong migrations up is not the step for a schema that has: not bootstrapped | run kong migrations bootstrap',
  ],
  [
    'finds that up has to wait',
    () => checkStep('up', isUnfinished),
    '1 kong migrations up is not the step for a schema that has: new and pending migrations | run kong migrations finish',
  ],
  [
    'finds that bootstrap was done',
    () => checkStep('bootstrap', isNew),
    '78 kong migrations bootstrap is not the step for a schema that has: new migrations | run kong migrations up',
  ],
]);
