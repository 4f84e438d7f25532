import { SettingError } from '../errors.ts';
import { trimLuaSpace } from './lua-space.ts';
import { type ReadTogether, readRolePassword, readTogether, variablesOf } from './role-setting.ts';
import { type Setting, variableOf } from './setting.ts';

/** The settings of the role that provisions, named as Kong's are: `variableOf` of a key is its variable. */
export const adminKeys = {
  user: 'entrypoint_admin_pg_user',
  password: 'entrypoint_admin_pg_password',
  database: 'entrypoint_admin_pg_database',
} as const;

const keys: ReadonlySet<string> = new Set(Object.values(adminKeys));

/** Whether this is one of them, and none of Kong's. */
export function isAdminKey(key: string): boolean {
  return keys.has(key);
}

const [passwordVariable, fileVariable] = variablesOf(adminKeys.password);

/** Every variable that says who provisions, and with what. */
export const adminVariables: readonly string[] = [...Object.values(adminKeys).map(variableOf), fileVariable];

const DEFAULT_DATABASE = 'postgres';
const HINT = `give a reference such as {vault://aws/rds!db-.../password}, or the path of a file in ${fileVariable}`;

/**
 * Who provisions: user, password and database, each a text or a reference. The password is a reference, or what the file of its `_FILE`
 * holds: a text in the variable itself would stay in Kong's environment. Problems are returned, so that all are reported together.
 */
export function readAdminSettings(environment: Readonly<Record<string, string>>): ReadTogether {
  return readTogether([
    () => readVariable(adminKeys.user, environment),
    () => readRolePassword(adminKeys.password, environment, HINT) ?? missing(passwordVariable, HINT),
    () => readVariable(adminKeys.database, environment, DEFAULT_DATABASE),
  ]);
}

function readVariable(key: string, environment: Readonly<Record<string, string>>, otherwise = ''): Setting {
  const variable = variableOf(key);
  const text = trimLuaSpace(environment[variable] ?? '') || otherwise;
  if (text !== '') return { key, text, origin: { kind: 'variable', variable } };
  return missing(
    variable,
    'give the name of a role that may create roles and databases, or a reference to it such as {vault://aws/rds!db-.../username}',
  );
}

function missing(subject: string, hint: string): never {
  throw new SettingError('it is not set, and provisioning needs it', { subject, hint });
}
