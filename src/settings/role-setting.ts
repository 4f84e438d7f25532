import { SettingError } from '../errors.ts';
import { trimLuaSpace } from './lua-space.ts';
import { nameSetting, type Setting, type Settings, variableOf } from './setting.ts';
import { readValueFile, unreadable } from './setting-files.ts';
import { isReference } from './setting-value.ts';

type Environment = Readonly<Record<string, string>>;

/** The variable of one of our roles' settings, and the one that names a file in its place. */
export function variablesOf(key: string): readonly [variable: string, fileVariable: string] {
  const variable = variableOf(key);
  return [variable, `${variable}_FILE`];
}

/**
 * What a variable, or the file that its `_FILE` names, says of a role of ours: a text or a reference; undefined where neither is set. Throws
 * SettingError where both are, and for a file that cannot be read or is empty.
 */
export function readRoleSetting(key: string, environment: Environment, hint: string): Setting | undefined {
  const [variable, fileVariable] = variablesOf(key);
  const text = trimLuaSpace(environment[variable] ?? '');
  const path = environment[fileVariable] ?? '';
  if (text !== '' && path !== '') {
    throw new SettingError(`${variable} and ${fileVariable} are both set`, { subject: variable, hint });
  }
  if (path !== '') return readRoleFile(key, fileVariable, path);
  return text === '' ? undefined : { key, text, origin: { kind: 'variable', variable } };
}

/** The same for a password, which must not stand in the variable itself. */
export function readRolePassword(key: string, environment: Environment, hint: string): Setting | undefined {
  const setting = readRoleSetting(key, environment, hint);
  if (setting === undefined || setting.origin.kind === 'file' || isReference(setting.text)) return setting;
  throw new SettingError("the value is not a reference, and would stay in Kong's environment", {
    subject: variableOf(key),
    hint,
  });
}

function readRoleFile(key: string, variable: string, path: string): Setting {
  const setting = {
    key,
    text: trimLuaSpace(readFile(variable, path)),
    origin: { kind: 'file', variable, path },
  } as const;
  if (setting.text !== '') return setting;
  throw new SettingError('the file is empty', {
    subject: nameSetting(setting),
    hint: 'write the value into it, or a reference',
  });
}

function readFile(variable: string, path: string): string {
  try {
    return readValueFile(variable, path);
  } catch (error) {
    throw unreadable(variable, path, error);
  }
}

export type ReadTogether = { readonly settings: Settings; readonly errors: readonly SettingError[] };

/** Reads settings, returning what is wrong with them beside those that could be read, so that all is reported together. */
export function readTogether(reads: readonly (() => Setting | undefined)[]): ReadTogether {
  const errors: SettingError[] = [];
  const settings = new Map<string, Setting>();
  for (const read of reads) {
    try {
      const setting = read();
      if (setting !== undefined) settings.set(setting.key, setting);
    } catch (error) {
      if (!(error instanceof SettingError)) throw error;
      errors.push(error);
    }
  }
  return { settings, errors };
}
