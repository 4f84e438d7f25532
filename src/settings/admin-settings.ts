import { SettingError } from '../errors.ts';
import { trimLuaSpace } from './lua-space.ts';
import { nameSetting, type Setting, type Settings, variableOf } from './setting.ts';
import { readValueFile, unreadable } from './setting-files.ts';
import { isReference } from './setting-value.ts';

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

const passwordVariable = variableOf(adminKeys.password);
const fileVariable = `${passwordVariable}_FILE`;

/** Every variable that says who provisions, and with what. */
export const adminVariables: readonly string[] = [...Object.values(adminKeys).map(variableOf), fileVariable];

export type ReadAdminSettings = { readonly settings: Settings; readonly errors: readonly SettingError[] };

const DEFAULT_DATABASE = 'postgres';

/**
 * Who provisions: user, password and database, each a text or a reference. The password is a reference, or what the file of its `_FILE`
 * holds: a text in the variable itself would stay in Kong's environment. Problems are returned, so that all are reported together.
 */
export function readAdminSettings(environment: Readonly<Record<string, string>>): ReadAdminSettings {
  const errors: SettingError[] = [];
  function attempt(read: () => Setting): [string, Setting][] {
    try {
      const setting = read();
      return [[setting.key, setting]];
    } catch (error) {
      if (!(error instanceof SettingError)) throw error;
      errors.push(error);
      return [];
    }
  }
  const settings = new Map([
    ...attempt(() => readVariable(adminKeys.user, environment)),
    ...attempt(() => readPassword(environment)),
    ...attempt(() => readVariable(adminKeys.database, environment, DEFAULT_DATABASE)),
  ]);
  return { settings, errors };
}

function readVariable(key: string, environment: Readonly<Record<string, string>>, otherwise = ''): Setting {
  const variable = variableOf(key);
  const text = trimLuaSpace(environment[variable] ?? '') || otherwise;
  if (text !== '') return { key, text, origin: { kind: 'variable', variable } };
  throw new SettingError('it is not set, and provisioning needs it', {
    subject: variable,
    hint: 'give the name of a role that may create roles and databases, or a reference to it such as {vault://aws/rds!db-.../username}',
  });
}

function readPassword(environment: Readonly<Record<string, string>>): Setting {
  const text = trimLuaSpace(environment[passwordVariable] ?? '');
  const path = environment[fileVariable] ?? '';
  if (text !== '' && path !== '') throw refuse(`${passwordVariable} and ${fileVariable} are both set`);
  if (path !== '') return readPasswordFile(path);
  if (text === '') throw refuse('it is not set, and provisioning needs it');
  if (!isReference(text)) throw refuse("the value is no reference, and would stay in Kong's environment");
  return { key: adminKeys.password, text, origin: { kind: 'variable', variable: passwordVariable } };
}

function refuse(message: string): SettingError {
  return new SettingError(message, {
    subject: passwordVariable,
    hint: `give a reference such as {vault://aws/rds!db-.../password}, or the path of a file in ${fileVariable}`,
  });
}

function readPasswordFile(path: string): Setting {
  const origin = { kind: 'file', variable: fileVariable, path } as const;
  const setting = { key: adminKeys.password, text: trimLuaSpace(readFile(path)), origin };
  if (setting.text !== '') return setting;
  throw new SettingError('the file is empty', {
    subject: nameSetting(setting),
    hint: "write the admin's password into it, or a reference",
  });
}

function readFile(path: string): string {
  try {
    return readValueFile(fileVariable, path);
  } catch (error) {
    throw unreadable(fileVariable, path, error);
  }
}
