import { repeatable } from '../repeatable.ts';
import type { AwsAnswer } from './aws-answer.ts';
import type { Credentials } from './credentials.ts';

/** The call that failed, for the sentence and the hint. */
export type AwsCall = {
  readonly action: 'secretsmanager:GetSecretValue' | 'sts:AssumeRole';
  /** `secret "kong-db"`, or `role "arn:..."`. */
  readonly target: string;
  /** What a policy has to name. */
  readonly resource: string;
  readonly stage?: 'AWSCURRENT' | 'AWSPREVIOUS';
  readonly region: { readonly name: string; readonly origin: string };
  readonly endpoint: string | undefined;
  readonly credentials: Credentials | undefined;
  readonly ecsTask: boolean;
};

/** Where the call went. */
export function where(call: AwsCall): string {
  return call.endpoint === undefined ? `in ${call.region.name}` : `at ${call.endpoint}`;
}

/** Whose credentials signed it, as words in brackets. */
export function from(call: AwsCall): string {
  return call.credentials === undefined ? '' : ` (credentials from: ${call.credentials.link})`;
}

/** The service's own words behind a colon, or nothing where they cannot be repeated. */
export function quote(call: AwsCall, answer: AwsAnswer): string {
  const identity = call.credentials?.identity;
  const message = repeatable(answer.message, [
    identity?.secretAccessKey,
    identity?.sessionToken,
    identity?.accessKeyId,
  ]);
  return message === '' ? '' : `: ${message}`;
}
