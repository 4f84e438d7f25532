import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { ServiceError } from './secret-store.ts';

const principal = 'arn:aws:sts::123456789012:assumed-role/kong-task/0123456789abcdef';

/** What a service, or something in front of it, does when it does not do its work. Each writes the whole answer. */
const misbehaviours = {
  hang: () => undefined,
  drip: async (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1', 'content-length': '100000' });
    while (!response.destroyed) {
      response.write(' ');
      await pause(100, undefined, { ref: false });
    }
  },
  half: (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1', 'content-length': '1000' });
    response.write('{"SecretString":"half-of-the-sec', () => response.destroy());
  },
  reset: (response: ServerResponse) => response.destroy(),
  huge: (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify({ SecretString: 'x'.repeat(10_000_000) }));
  },
  html: (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<html><body>Welcome to the captive-portal</body></html>');
  },
  badGateway: (response: ServerResponse) => {
    response.writeHead(502, { 'content-type': 'text/html' });
    response.end('<html><body>Bad gateway</body></html>');
  },
  redirect: (response: ServerResponse) => {
    response.writeHead(307, { location: 'http://127.0.0.1:9/elsewhere' });
    response.end();
  },
  notJson: (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
    response.end('{"SecretString":"hunter2-unterminated');
  },
} as const;

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

export type Fault = keyof typeof misbehaviours | keyof typeof refusals;

/** Does what the fault says: answers by itself, or throws the error for the service to answer. */
export async function misbehave(fault: Fault, response: ServerResponse): Promise<void> {
  if (fault in misbehaviours) {
    await misbehaviours[fault as keyof typeof misbehaviours](response);
    return;
  }
  const [name, message, status = 400] = refusals[fault as keyof typeof refusals];
  throw Object.assign(new ServiceError(name, message), { status });
}
