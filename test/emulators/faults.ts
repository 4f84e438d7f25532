import type { ServerResponse } from 'node:http';
import { type MisbehaviourName, misbehaviours } from './misbehaviours.ts';
import { ServiceError } from './secret-store.ts';

const principal = 'arn:aws:sts::123456789012:assumed-role/kong-task/0123456789abcdef';

const answers = { type: 'application/x-amz-json-1.1', beginning: '{"SecretString":"half-of-the-sec' };

/** Errors that the service itself answers, in its words. */
const refusals = {
  denied: [
    'AccessDeniedException',
    `User: ${principal} is not authorized to perform: secretsmanager:GetSecretValue on resource: kong-db because no identity-based policy allows the secretsmanager:GetSecretValue action`,
  ],
  deniedExplicitly: [
    'AccessDeniedException',
    `User: ${principal} is not authorized to perform: secretsmanager:GetSecretValue on resource: kong-db with an explicit deny in a resource-based policy`,
  ],
  kmsDenied: ['AccessDeniedException', 'Access to KMS is not allowed'],
  decryption: [
    'DecryptionFailure',
    "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
  ],
  invalidParameter: ['InvalidParameterException', 'The parameter SecretId is not valid.'],
  throttle: ['ThrottlingException', 'Rate exceeded'],
  internal: ['InternalServiceError', 'An error occurred on the server side.', 500],
  unavailable: ['ServiceUnavailableException', 'The service is unavailable.', 503],
  strange: ['BrandNewException', 'Something that no client knows yet.'],
} as const satisfies Readonly<Record<string, readonly [name: string, message: string, status?: number]>>;

export type Fault = MisbehaviourName | keyof typeof refusals;

/** Does what the fault says: answers by itself, or throws the error for the service to answer. */
export async function misbehave(fault: Fault, response: ServerResponse): Promise<void> {
  if (fault in misbehaviours) {
    await misbehaviours[fault as MisbehaviourName](response, answers);
    return;
  }
  const [name, message, status = 400] = refusals[fault as keyof typeof refusals];
  throw Object.assign(new ServiceError(name, message), { status });
}
