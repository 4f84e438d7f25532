import { countProcessors } from '../process/processors.ts';
import type { World } from '../process/world.ts';
import type { Secret } from '../secret.ts';
import type { EntrypointSettings } from '../settings/entrypoint-settings.ts';
import { type RunningPrepare, startPrepare } from './kong-prepare.ts';
import { linkLogs, removeDanglingSockets } from './prefix-files.ts';
import type { HandOver } from './replace-process.ts';
import type { Target } from './target.ts';

export type HandOverInput = {
  readonly target: Target;
  /** What Kong is to get, `KONG_X_FILE` read already. */
  readonly environment: Readonly<Record<string, string>>;
  /** Values that must not appear in the output of `kong prepare`. */
  readonly secrets: readonly Secret[];
  readonly settings: Pick<EntrypointSettings, 'grace' | 'timeout'>;
  readonly world: World;
  /** `kong prepare`, where it runs already. */
  readonly prepare?: RunningPrepare | undefined;
};

/**
 * What this process becomes, everything before it done. Where the image's script is not used, that is what the script does
 * (docker-kong, docker-entrypoint.sh): its environment, `kong prepare`, no dangling sockets, the logs on the container's streams.
 * Throws ChildFailedError with the status of `kong prepare`, UnavailableError, SystemRefusedError, or the reason of a stop.
 */
export async function prepareHandOver(input: HandOverInput): Promise<HandOver> {
  const { path, argv, preparation } = input.target;
  if (preparation === undefined) return { path, argv, environment: input.environment };
  const environment = nativeEnvironment(input.environment, preparation.kongPrefix);
  const prepare = input.prepare ?? startPrepare({ ...input, preparation, environment });
  await prepare.join(input.secrets);
  const sockets = removeDanglingSockets(preparation);
  if (sockets.length > 0)
    input.world.log.warn(`removed the sockets that a killed Kong left behind: ${sockets.join(', ')}`);
  linkLogs(preparation);
  return { path, argv, environment };
}

/**
 * Starts `kong prepare` beside the vault and the database: with references handed over it needs nothing of theirs. Undefined where the
 * image's script runs it, where it needs values, and on one processor, which it would only take from the rest.
 */
export function prepareEarly(
  { target: { preparation }, environment, settings, world }: Omit<HandOverInput, 'secrets' | 'prepare'>,
  handover: EntrypointSettings['handover'],
): RunningPrepare | undefined {
  if (preparation === undefined || handover !== 'references' || countProcessors() < 2) return undefined;
  return startPrepare({
    preparation,
    environment: nativeEnvironment(environment, preparation.kongPrefix),
    settings,
    world,
  });
}

/** Nginx stays in the foreground, and a prefix that is set to nothing is the default one. */
function nativeEnvironment(given: HandOverInput['environment'], kongPrefix: string): Readonly<Record<string, string>> {
  const environment: Record<string, string> = Object.assign(Object.create(null), given);
  environment['KONG_NGINX_DAEMON'] ||= 'off';
  if (environment['KONG_PREFIX'] === '') environment['KONG_PREFIX'] = kongPrefix;
  return environment;
}
