import { AccessRefusedError, type EntrypointError } from '../../errors.ts';
import type { AwsAnswer } from './aws-answer.ts';
import { type AwsCall, from } from './aws-call.ts';

export function accessDenied(call: AwsCall, { message }: AwsAnswer): EntrypointError {
  if (/\bKMS\b/i.test(message)) return decryptionFailure(call);
  const principal = /\b(arn:[\w-]+:(?:iam|sts)::\d*:[\w+=,.@/-]{1,200})/.exec(message)?.[1] ?? 'this role or user';
  const task = call.ecsTask ? '; on ECS that is the task role (taskRoleArn), not the execution role' : '';
  const denied = /explicit deny/i.test(message) ? '; a policy denies it explicitly' : '';
  return new AccessRefusedError(`${principal} may not call ${call.action} on ${call.target}${denied}`, {
    hint: `allow ${call.action} on ${inAccountOf(principal, call.resource)} to it${task}`,
  });
}

/** A secret that is named without its ARN is in the caller's own account. */
function inAccountOf(principal: string, resource: string): string {
  const account = /::(\d{12}):/.exec(principal)?.[1];
  return account === undefined ? resource : resource.replace('<account>', account);
}

export function decryptionFailure(call: AwsCall): EntrypointError {
  return new AccessRefusedError(`the KMS key of ${call.target} cannot be used to decrypt it`, {
    hint: `allow kms:Decrypt on that key to the role that reads the secret${from(call)}, and check that the key is enabled`,
  });
}

export function expired(call: AwsCall): EntrypointError {
  return new AccessRefusedError(`the AWS credentials have expired${from(call)}`, {
    hint: 'give new ones; a role of the container (ECS, EKS, EC2) renews them by itself',
  });
}

export function unknownKey(call: AwsCall): EntrypointError {
  const identity = call.credentials?.identity;
  const tokenMissing = identity?.accessKeyId.startsWith('ASIA') === true && identity.sessionToken === undefined;
  return new AccessRefusedError(`AWS does not know the access key${from(call)}`, {
    hint: tokenMissing
      ? 'the key is a temporary one, which needs its AWS_SESSION_TOKEN too'
      : 'check the key, its session token, and that it belongs to this partition and account',
  });
}

export function badSignature(call: AwsCall, { message }: AwsAnswer): EntrypointError {
  return new AccessRefusedError(`AWS refused the signature of the request${from(call)}`, {
    hint: signatureHint(call, message),
  });
}

function signatureHint(call: AwsCall, message: string): string {
  if (/scoped to a valid region/i.test(message)) {
    return `the endpoint is of another region than ${call.region.name}, which is from ${call.region.origin}`;
  }
  if (/expired|not yet current/i.test(message)) return 'set the clock of this machine';
  return 'check the secret access key (a stray space or line break?) and the clock of this machine';
}
