import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLookAhead } from '../../src/database/connection/look-ahead.ts';
import type { ConnectionSettings } from '../../src/database/connection-settings.ts';
import { type Admin, openAdmin } from '../../src/database/provisioning/admin.ts';
import { provision } from '../../src/database/provisioning/provision.ts';
import { codeOf } from '../../src/errors.ts';
import type { Log } from '../../src/log.ts';
import { knowSettings } from '../../src/references/known-settings.ts';
import { Secret } from '../../src/secret.ts';
import { adminKeys } from '../../src/settings/admin-settings.ts';
import type { KongSettings } from '../../src/settings/kong-settings.ts';
import { type Settings, variableOf } from '../../src/settings/setting.ts';
import { type Postgresql, type PostgresqlVersion, startPostgresql } from '../world/postgresql.ts';

export const PASSWORD = `correct "horse" battery's \\ staple`;
/** What the master user of RDS may do, and no more. */
export const MASTER = { user: 'mas"ter', password: 'hunter2-master' };

/** Who provisions, and what Kong will log in with. */
export type Provisioning = {
  readonly server: Postgresql;
  readonly admin?: { readonly user: string; readonly password: string; readonly database?: string };
  readonly role: string;
  readonly password: string;
  readonly database: string;
  readonly schema?: string;
  /** Kong's settings of the connection, for its TLS. */
  readonly typed?: KongSettings;
  /** Whether the password may be set where Kong's login is refused. */
  readonly sync?: true;
  readonly refresh?: () => Promise<void>;
};

/** A server that logs all it is told, with a master, and with a role that may do nothing. */
export async function startWithMaster(version: PostgresqlVersion): Promise<Postgresql> {
  const server = await startPostgresql({
    version,
    settings: { log_statement: 'all', log_min_error_statement: 'debug5' },
  });
  await server.createRole(MASTER.user, MASTER.password, 'CREATEROLE CREATEDB');
  await server.createRole('nobody', 'hunter2-nobody');
  return server;
}

let number = 0;

/** A role and a database that are not there yet. The superuser provisions, unless another is given. */
export function freshOn(server: Postgresql): Provisioning {
  number += 1;
  return { server, role: `kong_${number}`, password: PASSWORD, database: `db_${number}` };
}

/** Kong can log in, and make its tables. */
export async function assertUsable({ server, role, password, database }: Provisioning): Promise<void> {
  const client = await server.connect({ user: role, password, database });
  await client.query('CREATE TABLE IF NOT EXISTS schema_meta ()');
  await client.end();
}

/** Provisions, and returns the lines of the log: the level, the message, and its hint. */
export async function provisionHere(given: Provisioning): Promise<string[]> {
  const lines: string[] = [];
  await provisionAloud(given, lines);
  return lines;
}

/** The same, for those who look at the lines of what failed. */
export async function provisionAloud(given: Provisioning, lines: string[]): Promise<void> {
  const log = logInto(lines);
  const signal = new AbortController().signal;
  const options = { kong: () => connectionOf(given), limit: 10_000, signal, log, ahead: createLookAhead() };
  const admin: Admin = openAdmin({
    ...options,
    known: () => knowSettings({ settings: new Map(), admin: adminSettings(given) }),
    refresh: given.refresh,
  });
  const login = { isRefused: () => isRefused(given), isRefusedAfresh: () => isRefused(given) };
  const owner = { settings: options.kong, login: given.sync && login, passwordVariable: 'KONG_PG_PASSWORD' };
  await provision({ ...options, admin, owner });
}

function connectionOf({ server, role, password, database, schema, typed = {} }: Provisioning): ConnectionSettings {
  return {
    host: server.host,
    port: server.port,
    user: role,
    password: new Secret(password),
    database,
    schema,
    timeout: 5000,
    tokenSetting: undefined,
    tokenSecret: undefined,
    typed,
  };
}

function adminSettings({ server, admin }: Provisioning): Settings {
  const {
    user,
    password,
    database = 'postgres',
  } = admin ?? {
    user: server.superuser,
    password: server.superuserPassword,
  };
  const texts = [
    [adminKeys.user, user],
    [adminKeys.password, password],
    [adminKeys.database, database],
  ] as const;
  return new Map(
    texts.map(([key, text]) => [key, { key, text, origin: { kind: 'variable', variable: variableOf(key) } }]),
  );
}

function logInto(lines: string[]): Log {
  const at =
    (level: string): Log['info'] =>
    (message, { hint } = {}) =>
      void lines.push(`${level}: ${message}${hint === undefined ? '' : ` | ${hint}`}`);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Whether this login is refused for its password. */
export async function isRefused({ server, role, password, database }: Provisioning): Promise<boolean> {
  try {
    await (await server.connect({ user: role, password, database })).end();
    return false;
  } catch (error) {
    if (codeOf(error) === '28P01') return true;
    throw error;
  }
}

/** What PostgreSQL keeps of the role's password. */
export async function verifierIn(server: Postgresql, role: string): Promise<unknown> {
  const rows = await server.query(`SELECT rolname, rolpassword FROM pg_authid`);
  return rows.find(({ rolname }) => rolname === role)?.['rolpassword'];
}

/** The roles that the admin is a member of so that it could act as them, or has their rights. */
export async function membershipsOf(server: Postgresql, version: number, user: string): Promise<unknown[]> {
  const acting = version < 16 ? '' : 'AND (set_option OR inherit_option)';
  return server.query(
    `SELECT roleid::regrole::text AS role FROM pg_auth_members WHERE member = '${user}'::regrole ${acting}`,
  );
}

/** Waits until it is so, for ten seconds. */
export async function settled(isSo: () => Promise<boolean>): Promise<void> {
  const limit = performance.now() + 10_000;
  while (!(await isSo())) {
    assert.ok(performance.now() < limit, 'not in time');
    await sleep(20);
  }
}
