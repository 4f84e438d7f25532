import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadSharedConfigFiles } from '@smithy/core/config';
import type { VaultWorld } from '../vault.ts';

type Section = Readonly<Record<string, string | undefined>>;

/** The section of `AWS_PROFILE` in the shared files. */
export type SharedProfile = {
  readonly name: string;
  /** The section of the config file (`AWS_CONFIG_FILE`, `~/.aws/config`). */
  readonly config: Section | undefined;
  readonly configPath: string;
  /** The section that keys are read from: the credentials file's, or the config file's where that file is absent. */
  readonly keys: Section | undefined;
  /** Why there are no keys to read. */
  readonly absence: string;
};

/** Reads both shared files, each once. A file that is absent or unreadable has no sections. */
export async function readSharedProfile(environment: VaultWorld['environment']): Promise<SharedProfile> {
  const name = setOr(environment['AWS_PROFILE'], 'default');
  const filepath = sharedPath('AWS_SHARED_CREDENTIALS_FILE', 'credentials', environment);
  const configPath = sharedPath('AWS_CONFIG_FILE', 'config', environment);
  const files = await loadSharedConfigFiles({ filepath, configFilepath: configPath, ignoreCache: true });
  const config = files.configFile[name];
  const hasCredentialsFile = existsSync(filepath);
  const source = hasCredentialsFile ? filepath : configPath;
  return {
    name,
    config,
    configPath,
    keys: hasCredentialsFile ? files.credentialsFile[name] : config,
    absence: existsSync(source) ? `no profile "${name}" in ${source}` : `no file ${filepath} or ${configPath}`,
  };
}

/** `~` is the home of the environment that was given; without one, nothing is read from a home. */
function sharedPath(variable: string, file: string, environment: VaultWorld['environment']): string {
  const home = setOr(environment['HOME'], '/nonexistent');
  return setOr(environment[variable], join(home, '.aws', file)).replace(/^~(?=\/)/, home);
}

function setOr(text: string | undefined, otherwise: string): string {
  return text === undefined || text === '' ? otherwise : text;
}
