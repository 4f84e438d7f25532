import { SettingError } from '../errors.ts';
import { readFileBytes, readTextFile, UnreadableFileError } from '../process/read-file.ts';
import { assertUsable } from '../process/usable-environment.ts';
import { isUtf8 } from './environment.ts';
import { bothSet, gatherSettings } from './gather-settings.ts';
import { parseKongConf } from './kong-conf.ts';
import type { Settings } from './setting.ts';
import { isSettingNamedFile } from './setting-types.ts';

/** Kong's settings for this start, and the `_FILE` variables that were read for them. */
export type KongConfiguration = {
  readonly settings: Settings;
  /** Keys that are set to nothing, and so have not even Kong's default. */
  readonly unset: ReadonlySet<string>;
  /** By the name of the `KONG_X_FILE` variable. */
  readonly files: ReadonlyMap<string, SettingFile>;
  /** The kong.conf in force, if there is one. */
  readonly confPath: string | undefined;
  /** As the image says it, in `KONG_VERSION`. */
  readonly kongVersion: string | undefined;
};

export type SettingFile = { readonly path: string; readonly text: string };

export type ConfigurationSources = {
  readonly environment: Readonly<Record<string, string>>;
  /** What the command's `-c` names. */
  readonly conf: string | undefined;
};

/** Where Kong looks for its configuration when no `-c` is given (conf_loader/constants.lua, DEFAULT_PATHS). */
const DEFAULT_CONF_PATHS = ['/etc/kong/kong.conf', '/etc/kong.conf'];

/** Reads kong.conf, the `_FILE` files and the environment into one set of settings. A source that cannot be read is left out and reported as a problem. */
export function readKongConfiguration({ environment, conf }: ConfigurationSources): {
  readonly configuration: KongConfiguration;
  readonly problems: readonly SettingError[];
} {
  const problems: SettingError[] = [];
  const files = readSettingFiles(environment, problems);
  const confFile = readConf(conf, problems);
  const sources = confFile === undefined ? { environment, files } : { environment, files, conf: confFile };
  return {
    configuration: {
      ...gatherSettings(sources),
      files,
      confPath: confFile?.path,
      kongVersion: environment['KONG_VERSION'],
    },
    problems,
  };
}

/** Whether this Kong has no database of its own (DB-less, or a data plane), so that there is nothing to migrate. */
export function runsWithoutDatabase({ settings }: KongConfiguration): boolean {
  return settings.get('database')?.text === 'off' || settings.get('role')?.text === 'data_plane';
}

function readSettingFiles(
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

/** Whether the image's entry script would read this variable: `KONG_X_FILE`, where `x_file` is no setting of its own. */
function namesSettingFile(variable: string): boolean {
  if (!/^KONG_[A-Z0-9_]+_FILE$/.test(variable) || variable.startsWith('KONG_ENTRYPOINT_')) return false;
  return !isSettingNamedFile(variable.slice('KONG_'.length).toLowerCase());
}

type ConfFile = { readonly path: string; readonly settings: Readonly<Record<string, string>> };

function readConf(given: string | undefined, errors: SettingError[]): ConfFile | undefined {
  for (const path of given === undefined ? DEFAULT_CONF_PATHS : [given]) {
    try {
      return { path, settings: parseKongConf(readTextFile(path)) };
    } catch (error) {
      if (given === undefined && error instanceof UnreadableFileError && error.code === 'ENOENT') continue;
      errors.push(unreadable(given === undefined ? 'kong.conf' : "the command's -c", path, error));
      return undefined;
    }
  }
  return undefined;
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
