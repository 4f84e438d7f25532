import { existsSync } from 'node:fs';
import { ProgramNotFoundError } from '../errors.ts';
import { assertExecutable, type FileIdentity, findProgram } from '../process/executable.ts';
import type { Command } from '../settings/command.ts';
import type { KongConfiguration } from '../settings/kong-configuration.ts';
import type { ScriptEffects } from './published-scripts.ts';

/** What the image's script does before it becomes nginx, and we do instead. */
export type Preparation = {
  /** Kong's working folder. */
  readonly kongPrefix: string;
  /** `kong prepare` with the prefix and the words of the container's command. */
  readonly argv: readonly [string, ...string[]];
  /** What else that script does. */
  readonly effects: ScriptEffects;
};

export type NativeTarget = {
  readonly path: string;
  readonly argv: readonly [string, ...string[]];
  readonly preparation: Preparation;
};

export type NativeTargetOptions = {
  readonly environment: Readonly<Record<string, string>>;
  /** Kong's settings, where they were read. */
  readonly configuration: KongConfiguration | undefined;
  readonly self: FileIdentity | undefined;
};

/** Where Kong's images keep the nginx of OpenResty. */
const OPENRESTY_NGINX = '/usr/local/openresty/nginx/sbin/nginx';
/** The script's own default; a `prefix` in kong.conf does not count there either. */
const DEFAULT_PREFIX = '/usr/local/kong';

/** What `docker-start` becomes without the image's script: nginx on the prefix that `kong prepare` has laid out. */
export function findNativeTarget(
  { words }: Extract<Command, { kind: 'start' }>,
  effects: ScriptEffects,
  { environment, configuration, self }: NativeTargetOptions,
): NativeTarget {
  const search = { path: environment['PATH'], self };
  const kong = findProgram(words[0], search);
  const nginx = findNginx(search);
  const kongPrefix = configuration?.files.get('KONG_PREFIX_FILE')?.text || environment['KONG_PREFIX'] || DEFAULT_PREFIX;
  const name = words.indexOf('docker-start');
  return {
    path: nginx,
    argv: [nginx, '-p', kongPrefix, '-c', 'nginx.conf'],
    preparation: {
      kongPrefix,
      effects,
      argv: [kong, 'prepare', '-p', kongPrefix, ...words.slice(1, name), ...words.slice(name + 1)],
    },
  };
}

function findNginx(search: { readonly path: string | undefined; readonly self: FileIdentity | undefined }): string {
  if (existsSync(OPENRESTY_NGINX)) {
    assertExecutable(OPENRESTY_NGINX, search.self);
    return OPENRESTY_NGINX;
  }
  try {
    return findProgram('nginx', search);
  } catch (cause) {
    if (!(cause instanceof ProgramNotFoundError)) throw cause;
    throw new ProgramNotFoundError(
      `nginx is neither ${OPENRESTY_NGINX} nor in PATH, and kong docker-start needs it when no entry script of the image runs`,
      {
        hint: "run this in an image of Kong; name the image's script (KONG_ENTRYPOINT_PROGRAM), or use the command kong start",
        cause,
      },
    );
  }
}
