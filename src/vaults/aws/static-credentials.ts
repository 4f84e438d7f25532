import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadSharedConfigFiles } from '@smithy/core/config';
import type { VaultWorld } from '../vault.ts';
import type { Finding } from './metadata.ts';

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

/**
 * Keys in variables: `AWS_ACCESS_KEY_ID`, or with the older prefix `AMAZON_`, which lua-resty-aws still reads. Kong
 * looks at the id alone and fails with half a pair; we say what is missing and go on.
 */
export function fromVariables(prefix: 'AWS' | 'AMAZON', environment: VaultWorld['environment']): Finding {
  const [id, secret, token] = [`${prefix}_ACCESS_KEY_ID`, `${prefix}_SECRET_ACCESS_KEY`, `${prefix}_SESSION_TOKEN`];
  const missing = [id, secret].filter((variable) => (environment[variable] ?? '') === '');
  if (missing.length > 0) return { reason: `${missing.join(' and ')} not set` };
  return { credentials: identity(environment[id], environment[secret], environment[token]) };
}

const indirect = [
  'credential_process',
  'sso_session',
  'sso_start_url',
  'source_profile',
  'credential_source',
  'role_arn',
];

/** Keys in the shared file. Static ones only, as in Kong: what else the section holds is named, not followed. */
export function fromSharedProfile(profile: SharedProfile): Finding {
  if (profile.keys === undefined) return { reason: profile.absence };
  const { aws_access_key_id: id, aws_secret_access_key: secret, aws_session_token: token } = profile.keys;
  if (id !== undefined && secret !== undefined) return { credentials: identity(id, secret, token) };
  const followed = indirect.filter(
    (name) => profile.keys?.[name] !== undefined || profile.config?.[name] !== undefined,
  );
  const advice = followed.length === 0 ? '' : `, only ${followed.join(' and ')}, which Kong does not follow`;
  return { reason: `profile "${profile.name}" has no static keys${advice}` };
}

function identity(id = '', secret = '', token = '') {
  return { accessKeyId: id, secretAccessKey: secret, ...(token === '' ? {} : { sessionToken: token }) };
}
