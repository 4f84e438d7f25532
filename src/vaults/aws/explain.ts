import { EntrypointError } from '../../errors.ts';
import { explainBy } from '../fault-table.ts';
import { repeatable } from '../repeatable.ts';
import { type AwsAnswer, readAwsAnswer } from './aws-answer.ts';
import { awsFaults } from './aws-faults.ts';
import type { Credentials } from './credentials.ts';
import type { Region } from './names.ts';
import { optionOf, route, type Service } from './sdk-client.ts';

/** The call that failed, for the sentence and the hint. */
export type AwsCall = {
  readonly service: Service;
  readonly action: 'secretsmanager:GetSecretValue' | 'sts:AssumeRole';
  /** `secret "kong-db"`, or `role arn:...`. */
  readonly target: string;
  /** What a policy has to name. */
  readonly resource: string;
  readonly stage?: 'AWSCURRENT' | 'AWSPREVIOUS';
  readonly region: Region;
  readonly endpoint: string | undefined;
  readonly credentials: Credentials | undefined;
  /** What ECS calls the role, where a task of it makes the call. */
  readonly taskRole: 'taskRoleArn' | undefined;
};

/**
 * The error that an operator can act on, from what the SDK threw; `isLate` where the time of the whole fetch was over. Errors of our own
 * pass through unchanged. The SDK's error is not kept as the cause: it holds the request with its signature and the answer with the secret.
 */
export function explainAwsError(error: unknown, call: AwsCall, isLate = false): EntrypointError {
  if (error instanceof EntrypointError) return error;
  const answer = readAwsAnswer(error);
  const { name, status, requestId, message } = answer;
  const { service, action, target, region, endpoint, credentials } = call;
  const identity = credentials?.identity;
  const principal = /\b(arn:[\w-]+:(?:iam|sts)::\d*:[\w+=,.@/-]{1,200})/.exec(message)?.[1] ?? 'this role or user';
  const secrets = [identity?.secretAccessKey, identity?.sessionToken, identity?.accessKeyId];
  return explainBy(
    awsFaults,
    { code: name, status, message, facts: isLate ? ['late'] : factsOf(answer, call) },
    {
      action,
      target,
      principal,
      resource: inAccountOf(principal, call.resource),
      taskRole: call.taskRole,
      link: credentials?.link,
      region: region.name,
      origin: region.origin,
      where: endpoint === undefined ? `in ${region.name}` : `at ${endpoint}`,
      place: endpoint === undefined ? `${service} in ${region.name}` : `${service} at ${new URL(endpoint).host}`,
      health: 'health.aws.amazon.com',
      route,
      option: optionOf(service),
      seen: status === undefined ? undefined : `${status}`,
      request: requestId ?? '-',
      said: repeatable(message, secrets) || undefined,
    },
  );
}

/** What AWS says has the name of an error, and words; a page, or a redirect, has none. */
function factsOf({ name, message }: AwsAnswer, { stage, credentials }: AwsCall) {
  const identity = credentials?.identity;
  const tokenMissing = identity?.accessKeyId.startsWith('ASIA') === true && identity.sessionToken === undefined;
  return [
    ...(stage === 'AWSPREVIOUS' ? (['previous'] as const) : []),
    ...(tokenMissing ? (['a temporary key without its token'] as const) : []),
    ...(message === '' || name === 'Unknown' ? (['not of AWS'] as const) : []),
  ];
}

/** A secret that is named without its ARN is in the caller's own account. */
function inAccountOf(principal: string, resource: string): string {
  const account = /::(\d{12}):/.exec(principal)?.[1];
  return account === undefined ? resource : resource.replace('<account>', account);
}
