import { SettingError } from '../../errors.ts';
import { readTextFile, UnreadableFileError } from '../../process/read-file.ts';
import { textOf } from '../text-of.ts';
import type { VaultOptionValues } from '../vault.ts';

/** The text of an option that something needs: `auth_method kubernetes`. Throws SettingError where it is unset. */
export function neededText(options: VaultOptionValues, name: string, needer: string): string {
  const text = textOf(options, name);
  if (text !== undefined) return text;
  throw new SettingError(`${needer} of the hcv vault needs the option ${name}, which is not set`, {
    hint: `set ${variableOf(name)}`,
  });
}

/** The trimmed text of the file that an option names. Throws SettingError where it cannot be read or is empty. */
export function readOptionFile(path: string, name: string): string {
  try {
    const text = readTextFile(path).trim();
    if (text !== '') return text;
  } catch (error) {
    if (!(error instanceof UnreadableFileError)) throw error;
    throw unusableFile(`${path} cannot be read: ${error.message}`, name);
  }
  throw unusableFile(`${path} is empty`, name);
}

function unusableFile(sentence: string, name: string): SettingError {
  return new SettingError(sentence, {
    hint: `mount the file, readable for the user of the container, or name another one with ${variableOf(name)}`,
  });
}

/** The variable that sets an option of this vault. */
export function variableOf(name: string): string {
  return `KONG_VAULT_HCV_${name.toUpperCase()}`;
}

/**
 * A path as it stands in a URL, its parts encoded and its slashes kept; one slash at either end is no part of it, as
 * in Kong. Throws SettingError for a part that is empty or would climb: it would name another path than the one read.
 */
export function encodePath(path: string, what: string): string {
  const parts = path.replace(/^\/|\/$/g, '').split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new SettingError(`${what} has a part that is empty, . or ..`, {
      hint: 'write the path as Vault knows it: names with one / between them',
    });
  }
  return parts.map(encodeURIComponent).join('/');
}
