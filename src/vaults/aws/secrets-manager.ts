import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SecretContentError, SettingError } from '../../errors.ts';
import { Secret } from '../../secret.ts';
import { textOf } from '../text-of.ts';
import type { SecretName, Vault, VaultOptionValues, VaultWorld } from '../vault.ts';
import { readAwsAnswer } from './aws-answer.ts';
import type { AwsCall } from './aws-call.ts';
import { explainAwsError } from './aws-errors.ts';
import { clientOptions } from './client-options.ts';
import { isEcsTask } from './container-credentials.ts';
import { describeOtherRegion } from './other-region.ts';
import { partitionOf } from './partition.ts';
import { type AwsSession, openSession } from './session.ts';
import { warnOfIgnoredVariables, warnOfPlainHttp } from './warnings.ts';

/** Everything that one fetch may take: credentials, all attempts and the pauses between them. */
const FETCH_MS = 20_000;

type Stage = 'AWSCURRENT' | 'AWSPREVIOUS';

/** AWS Secrets Manager, with the options in force. Throws SettingError for a region, a proxy or a CA bundle. */
export async function openSecretsManager(options: VaultOptionValues, world: VaultWorld): Promise<Vault> {
  warnOfIgnoredVariables(world);
  warnOfPlainHttp(options, world);
  const session = await openSession(options, world);
  const { region, requestHandler, credentials } = session;
  const endpoint = textOf(options, 'endpoint_url');
  const client = new SecretsManagerClient(
    clientOptions({ region: region.name, endpoint, credentials, requestHandler }),
  );
  return { fetch: (name) => fetchSecret({ client, session, endpoint, world }, name) };
}

type Opened = {
  readonly client: SecretsManagerClient;
  readonly session: AwsSession;
  readonly endpoint: string | undefined;
  readonly world: VaultWorld;
};

/** `GetSecretValue` and nothing else: policies that were written for Kong allow no more. */
async function fetchSecret(opened: Opened, { secretId, version }: SecretName): Promise<Secret> {
  const { client, world } = opened;
  const stage = stageOf(version);
  warnOfOtherRegion(secretId, opened);
  const signal = AbortSignal.any([world.signal, AbortSignal.timeout(FETCH_MS)]);
  try {
    const command = new GetSecretValueCommand({ SecretId: secretId, VersionStage: stage });
    const { SecretString } = await orAborted(client.send(command, { abortSignal: signal }), signal);
    world.log.debug(`aws: secret "${secretId}" (${stage}), ${describeSession(opened.session)}`);
    if (SecretString !== undefined) return new Secret(SecretString);
  } catch (error) {
    world.signal.throwIfAborted();
    const { name, code, status, requestId } = readAwsAnswer(error);
    world.log.debug(
      `aws: ${[name, code, status, requestId].filter(Boolean).join(', ')}; ${describeSession(opened.session)}`,
    );
    throw explainAwsError(error, describeCall(opened, secretId, stage));
  }
  throw new SecretContentError(`secret "${secretId}" is binary (SecretBinary)`, {
    hint: 'store it as a string (SecretString); Kong reads no binary secrets',
  });
}

/** Kong: no version or 1 is the current one, 2 the previous one. */
function stageOf(version: string | undefined): Stage {
  const number = version === undefined ? 1 : Number(version);
  if (number === 1) return 'AWSCURRENT';
  if (number === 2) return 'AWSPREVIOUS';
  throw new SettingError('the aws vault has no such version', {
    hint: 'write #1 or nothing for AWSCURRENT, #2 for AWSPREVIOUS; other versions of a secret cannot be referred to',
  });
}

function describeSession({ region, lastUsed }: AwsSession): string {
  return `region from ${region.origin}, credentials from: ${lastUsed()?.link ?? '-'}`;
}

function describeCall({ session, endpoint, world }: Opened, secretId: string, stage: Stage): AwsCall {
  return {
    action: 'secretsmanager:GetSecretValue',
    target: `secret "${secretId}"`,
    resource: resourceOf(secretId, session.region.name),
    stage,
    region: session.region,
    endpoint,
    credentials: session.lastUsed(),
    ecsTask: isEcsTask(world.environment),
  };
}

/** The ARN that a policy names: six random characters follow the name. */
function resourceOf(secretId: string, region: string): string {
  if (secretId.startsWith('arn:')) return secretId;
  return `arn:${partitionOf(region)}:secretsmanager:${region}:<account>:secret:${secretId}-??????`;
}

/** The call goes to the client's region whatever the ARN says, from Kong as from us. */
function warnOfOtherRegion(secretId: string, { session, world }: Opened): void {
  const sentence = describeOtherRegion(secretId, session.region);
  if (sentence !== undefined) world.log.warn(sentence);
}

/** Stops waiting at once, also while the SDK pauses before another attempt. */
function orAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
