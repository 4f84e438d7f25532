import { ChildFailedError, UnavailableError } from '../errors.ts';
import { type ChildEnd, describeEnd, exitStatus, runChild } from '../process/child.ts';
import { createMask } from '../process/mask.ts';
import { printDuration } from '../process/wait.ts';
import type { World } from '../process/world.ts';
import type { Secret } from '../secret.ts';
import type { EntrypointSettings } from '../settings/entrypoint-settings.ts';
import type { Preparation } from './native-target.ts';
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
  await runPrepare(preparation, environment, input);
  const sockets = removeDanglingSockets(preparation);
  if (sockets.length > 0)
    input.world.log.warn(`removed what a Kong that was killed left behind: ${sockets.join(', ')}`);
  linkLogs(preparation);
  return { path, argv, environment };
}

/** Nginx stays in the foreground, and a prefix that is set to nothing is the default one. */
function nativeEnvironment(given: HandOverInput['environment'], kongPrefix: string): Readonly<Record<string, string>> {
  const environment: Record<string, string> = Object.assign(Object.create(null), given);
  environment['KONG_NGINX_DAEMON'] ||= 'off';
  if (environment['KONG_PREFIX'] === '') environment['KONG_PREFIX'] = kongPrefix;
  return environment;
}

async function runPrepare(
  { argv, kongPrefix }: Preparation,
  environment: Readonly<Record<string, string>>,
  { secrets, settings, world }: HandOverInput,
): Promise<void> {
  const started = performance.now();
  const end = await runChild({
    argv,
    environment,
    mask: createMask(secrets),
    onOutput: world.write,
    stop: world.stop,
    grace: settings.grace,
    timeLimit: settings.timeout,
  });
  world.stop.signal.throwIfAborted();
  if (end.isLate) throw tooLate(settings.timeout);
  if (exitStatus(end) !== 0) throw failed(end);
  world.log.info(`prepared ${kongPrefix} without the image's script in ${printDuration(performance.now() - started)}`);
}

function tooLate(limit: number): UnavailableError {
  return new UnavailableError(`kong prepare did not end within ${printDuration(limit)} and was stopped`, {
    subject: 'KONG_ENTRYPOINT_TIMEOUT',
    hint: 'its own lines above say how far it came; a vault or a name server that does not answer holds it up',
  });
}

function failed(end: ChildEnd): ChildFailedError {
  return new ChildFailedError(`kong prepare ${describeEnd(end)}`, {
    exitCode: exitStatus(end),
    hint: 'its own lines above say why; the prefix (KONG_PREFIX) must be a folder that this user may write to',
  });
}
