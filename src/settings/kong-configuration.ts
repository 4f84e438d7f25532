import type { SettingError } from '../errors.ts';
import { readTextFile, UnreadableFileError } from '../process/read-file.ts';
import { gatherSettings } from './gather-settings.ts';
import { parseKongConf } from './kong-conf.ts';
import type { Settings } from './setting.ts';
import { readSettingFiles, type SettingFile, unreadable } from './setting-files.ts';

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
