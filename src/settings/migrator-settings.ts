import { SettingError } from '../errors.ts';
import { type ReadTogether, readRolePassword, readRoleSetting, readTogether, variablesOf } from './role-setting.ts';
import { type Settings, variableOf } from './setting.ts';
import { isReference } from './setting-value.ts';

/** The settings of the role that migrates, named as Kong's are: `variableOf` of a key is its variable. */
export const migratorKeys = {
  user: 'entrypoint_migrator_pg_user',
  password: 'entrypoint_migrator_pg_password',
} as const;

const keys: ReadonlySet<string> = new Set(Object.values(migratorKeys));

/** Whether this is one of them, and none of Kong's. */
export function isMigratorKey(key: string): boolean {
  return keys.has(key);
}

/** Every variable that says who migrates, and with what. */
export const migratorVariables: readonly string[] = Object.values(migratorKeys).flatMap(variablesOf);

const [userVariable] = variablesOf(migratorKeys.user);
const [passwordVariable, passwordFile] = variablesOf(migratorKeys.password);

const GIVE_USER = 'give the name of the role that owns the schema, or a reference to it';
const GIVE_PASSWORD = `give a reference such as {vault://aws/kong-migrator/password}, or the path of a file in ${passwordFile}`;

/**
 * Who migrates, where that is not Kong's own role: none where neither variable is set. The password is a reference, or what the file of its
 * `_FILE` holds. A role that logs in by a token (`pg_iam_auth` and its kin) has no password. Problems are returned.
 */
export function readMigratorSettings(environment: Readonly<Record<string, string>>): ReadTogether {
  const { settings, errors } = readTogether([
    () => readRoleSetting(migratorKeys.user, environment, GIVE_USER),
    () => readRolePassword(migratorKeys.password, environment, GIVE_PASSWORD),
  ]);
  const isNameless = errors.length === 0 && settings.has(migratorKeys.password) && !settings.has(migratorKeys.user);
  return { settings, errors: isNameless ? [missing(userVariable, passwordVariable, GIVE_USER)] : errors };
}

const tokenKeys = ['pg_iam_auth', 'pg_azure_auth', 'pg_gcp_auth', 'pg_oauth_auth'];

/** What is wrong with the migrator beside Kong's own settings: no password for the login, or the same role twice. */
export function migratorProblems(migrator: Settings, kong: Settings): SettingError[] {
  const user = migrator.get(migratorKeys.user);
  if (user === undefined) return [];
  const byToken = tokenKeys.some((key) => isOnOrUnknown(kong.get(key)?.text ?? 'off'));
  const lacksPassword = !byToken && !migrator.has(migratorKeys.password);
  const isOnlyKongs = ['on', 'true'].includes(kong.get('pg_oauth_auth')?.text ?? '');
  const isKong = !isReference(user.text) && user.text === (kong.get('pg_user')?.text ?? 'kong');
  return [
    ...(lacksPassword ? [missing(passwordVariable, userVariable, GIVE_PASSWORD)] : []),
    ...(isKong ? [sameRole(userVariable)] : []),
    ...(isOnlyKongs ? [cannotGrant(userVariable)] : []),
  ];
}

function isOnOrUnknown(text: string): boolean {
  return text === 'on' || text === 'true' || isReference(text);
}

function missing(variable: string, other: string, hint: string): SettingError {
  return new SettingError(`it is not set, and ${other} is`, { subject: variable, hint });
}

function cannotGrant(subject: string): SettingError {
  return new SettingError('only Kong itself can log in by pg_oauth_auth, so nothing could be granted to its role', {
    subject,
    hint: 'use a password or another token for the login, or unset the variables of the migrator',
  });
}

/** Two roles that are one would give Kong back the right to change its schema. */
export function sameRole(subject: string): SettingError {
  return new SettingError('it names the role that Kong itself logs in as', {
    subject,
    hint: `give the role that owns the schema, and Kong (${variableOf('pg_user')}) a role of its own; without a migrator, unset both variables`,
  });
}
