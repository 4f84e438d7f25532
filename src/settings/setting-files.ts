import { SettingError } from '../errors.ts';
import { readFileBytes, UnreadableFileError } from '../process/read-file.ts';
import { assertUsable } from '../process/usable-environment.ts';
import { isUtf8 } from './environment.ts';
import { bothSet } from './gather-settings.ts';
import { isSettingNamedFile } from './setting-types.ts';

/** What the file that a `_FILE` variable names holds, without the line breaks at its end. */
export type SettingFile = { readonly path: string; readonly text: string };

/**
 * Reads the files that `KONG_X_FILE` variables name, as the image's entry script does. Returns them by variable; a file that cannot be used, and a
 * setting that is given twice, is added to the errors.
 */
export function readSettingFiles(
  environment: Readonly<Record<string, string>>,
  errors: SettingError[],
): Map<string, SettingFile> {
  const files = new Map<string, SettingFile>();
  for (const [variable, path] of Object.entries(environment)) {
    if (!namesSettingFile(variable) || path === '') continue;
    const plain = variable.slice(0, -'_FILE'.length);
    if (environment[plain]) {
      errors.push(bothSet(plain));
      continue;
    }
    try {
      const text = readValueFile(variable, path).replace(/\n+$/, '');
      assertUsable(plain, text, `${variable} (${path})`);
      files.set(variable, { path, text });
    } catch (error) {
      errors.push(unreadable(variable, path, error));
    }
  }
  return files;
}

/** Whether the image's entry script would read this variable: `KONG_X_FILE`, where `x_file` is not a setting of its own. */
function namesSettingFile(variable: string): boolean {
  if (!/^KONG_[A-Z0-9_]+_FILE$/.test(variable) || variable.startsWith('KONG_ENTRYPOINT_')) return false;
  return !isSettingNamedFile(variable.slice('KONG_'.length).toLowerCase());
}

/** What the file of a `_FILE` variable holds. Throws SettingError for bytes that are not UTF-8, and as `readTextFile` does. */
export function readValueFile(variable: string, path: string): string {
  const bytes = readFileBytes(path);
  const text = bytes.toString('utf8');
  if (isUtf8(bytes, text)) return text;
  throw notUtf8(`${variable} (${path})`);
}

/** The error for a value that this runtime would change on its way. */
export function notUtf8(subject: string): SettingError {
  return new SettingError('the value holds bytes that are not UTF-8, and would not reach Kong unchanged', {
    subject,
    hint: 'write the value in UTF-8, or encode it (base64) where its reader allows that',
  });
}

/** The error for a file that a setting names and that was not read; anything but that is a bug, and thrown. */
export function unreadable(subject: string, path: string, error: unknown): SettingError {
  if (error instanceof SettingError) return error;
  if (!(error instanceof UnreadableFileError)) throw error;
  return new SettingError(`${path} cannot be read: ${error.message}`, {
    subject,
    hint: 'check the path, the mount, and that the user of the container may read the file',
    cause: error,
  });
}
