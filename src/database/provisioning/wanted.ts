import { SettingError } from '../../errors.ts';
import type { ConnectionSettings } from '../connection-settings.ts';
import type { Admin } from './admin.ts';

/** PostgreSQL cuts a longer name off, and would create another role or database than Kong asks for. */
const LONGEST_NAME = 63;

/** Everything about Kong's own settings that keeps its role and database from being provisioned. */
export function findUnprovisionable(kong: ConnectionSettings, admin: Admin): SettingError[] {
  const problems: SettingError[] = [];
  function refuse(isWrong: boolean, settingKey: string, message: string, hint: string): void {
    if (isWrong) problems.push(new SettingError(message, { settingKey, hint }));
  }
  refuse(
    kong.tokenSetting !== undefined,
    'entrypoint_provision',
    'the role would log in by a token, and only a role with a password can be provisioned',
    'create the role and the database by hand (RDS: GRANT rds_iam TO the role), and leave provisioning off',
  );
  refuse(
    kong.password === undefined && kong.tokenSetting === undefined,
    'pg_password',
    'it is not set, and the role is to be created with it',
    'set it, as a reference',
  );
  refuse(
    kong.user === admin.user,
    'pg_user',
    `it is the role that ${admin.subject} names`,
    'give Kong a role of its own, without the rights of an admin',
  );
  for (const [key, name] of [
    ['pg_user', kong.user],
    ['pg_database', kong.database],
  ] as const) {
    const isLong = Buffer.byteLength(name) > LONGEST_NAME;
    refuse(isLong, key, 'the name is longer than the 63 bytes that PostgreSQL keeps', 'choose a shorter name');
  }
  return problems;
}
