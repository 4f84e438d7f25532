import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SecretContentError, SettingError } from '../../errors.ts';
import { Secret } from '../../secret.ts';
import { textOf } from '../option-value.ts';
import type { BackendWorld, SecretName, Vault, VaultOptionValues, VaultWorld } from '../vault.ts';
import { readAwsAnswer } from './aws-answer.ts';
import { isEcsTask } from './container-credentials.ts';
import { type AwsCall, explainAwsError } from './explain.ts';
import { type AwsLogin, logInToAws } from './log-in.ts';
import { describeOtherRegion, partitionOf } from './names.ts';
import { clientOptions } from './sdk-client.ts';

/** Everything that one fetch may take: credentials, all attempts and the pauses between them. */
const FETCH_MS = 20_000;

type Stage = 'AWSCURRENT' | 'AWSPREVIOUS';

type Opened = {
  readonly client: SecretsManagerClient;
  readonly login: AwsLogin;
  readonly endpoint: string | undefined;
  readonly world: VaultWorld;
};

/** AWS Secrets Manager, with the options in force. Throws SettingError for a region, a proxy or a CA bundle. */
export async function openSecretsManager(options: VaultOptionValues, world: BackendWorld): Promise<Vault> {
  warnOfIgnoredVariables(world);
  const login = await logInToAws(options, world);
  const { region, http, credentials } = login;
  const endpoint = textOf(options, 'endpoint_url');
  const service = 'AWS Secrets Manager';
  const client = new SecretsManagerClient(clientOptions({ service, region: region.name, endpoint, credentials, http }));
  return { fetch: (name) => fetchSecret({ client, login, endpoint, world }, name) };
}

/** Kong's library knows none of these. A client that obeyed them would read another service than Kong does later. */
function warnOfIgnoredVariables({ environment, log }: VaultWorld): void {
  const ignored = /^AWS_ENDPOINT_URL(_\w+)?$|^AWS_USE_(FIPS|DUALSTACK)_ENDPOINT$/;
  const names = Object.keys(environment).filter((name) => ignored.test(name) && environment[name] !== '');
  if (names.length === 0) return;
  log.warn(
    `${names.join(', ')}: ignored, as Kong ignores them; the aws vault takes its endpoint from KONG_VAULT_AWS_ENDPOINT_URL`,
  );
}

/** `GetSecretValue` and nothing else: policies that were written for Kong allow no more. */
async function fetchSecret(opened: Opened, { secretId, version }: SecretName): Promise<Secret> {
  const { client, login, world } = opened;
  const stage = stageOf(version);
  const warning = describeOtherRegion(secretId, login.region);
  // The call goes to the client's region whatever the ARN says, from Kong as from us.
  if (warning !== undefined) world.log.warn(warning);
  const late = AbortSignal.timeout(FETCH_MS);
  const signal = AbortSignal.any([world.signal, late]);
  try {
    const command = new GetSecretValueCommand({ SecretId: secretId, VersionStage: stage });
    const { SecretString } = await orAborted(client.send(command, { abortSignal: signal }), signal);
    world.log.debug(`aws: secret "${secretId}" (${stage}), ${describeLogin(login)}`);
    if (SecretString !== undefined) return new Secret(SecretString);
  } catch (error) {
    world.signal.throwIfAborted();
    const { name, status, requestId } = readAwsAnswer(error);
    world.log.debug(`aws: ${[name, status, requestId].filter(Boolean).join(', ')}; ${describeLogin(login)}`);
    throw explainAwsError(error, describeCall(opened, secretId, stage), late.aborted);
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

function describeLogin({ region, lastUsed }: AwsLogin): string {
  return `region from ${region.origin}, credentials from: ${lastUsed()?.link ?? '-'}`;
}

function describeCall({ login, endpoint, world }: Opened, secretId: string, stage: Stage): AwsCall {
  return {
    service: 'AWS Secrets Manager',
    action: 'secretsmanager:GetSecretValue',
    target: `secret "${secretId}"`,
    resource: resourceOf(secretId, login.region.name),
    stage,
    region: login.region,
    endpoint,
    credentials: login.lastUsed(),
    taskRole: isEcsTask(world.environment) ? 'taskRoleArn' : undefined,
  };
}

/** The ARN that a policy names: six random characters follow the name. */
function resourceOf(secretId: string, region: string): string {
  if (secretId.startsWith('arn:')) return secretId;
  return `arn:${partitionOf(region)}:secretsmanager:${region}:<account>:secret:${secretId}-??????`;
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
