import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { type Fault, misbehave } from './faults.ts';
import type { Iam } from './iam.ts';
import { type Request, type ServerIdentity, startLoopbackServer } from './loopback-server.ts';
import { createSecretStore, type Parameters, ServiceError, type StoredValue } from './secret-store.ts';
import { type AccessKey, checkSignature } from './signature-v4.ts';

export type SecretsManagerOptions = {
  readonly region?: string;
  readonly port?: number;
  readonly host?: string;
  /** Accepted besides those that are added later. */
  readonly keys?: readonly AccessKey[];
  readonly identity?: ServerIdentity;
  readonly now?: () => Date;
  /** Who may do what, where that matters: everybody may do everything when absent. */
  readonly iam?: Iam;
  /** The KMS key that every secret is encrypted with: reading one takes the right to decrypt with it too. */
  readonly kmsKey?: string;
  /** Milliseconds that every answer takes. */
  readonly latency?: number;
};

/** One request whose signature was right. */
export type SecretsManagerCall = {
  readonly accessKeyId: string;
  readonly action: string;
  readonly secretId: string | undefined;
  readonly stage: string | undefined;
};

export type SecretsManager = {
  readonly url: string;
  readonly region: string;
  readonly calls: SecretsManagerCall[];
  /** All requests, also those that were refused or not answered. */
  readonly requests: Request[];
  /** The most requests that were waiting for an answer at the same time, since the emulator started. */
  mostAtOnce(): number;
  addKey(key: AccessKey): void;
  /** Stores a value: creates the secret, or makes the value its current version. */
  putSecret(name: string, value: string | Uint8Array): void;
  deleteSecret(name: string): void;
  /** The next requests, or all of them, meet this fault. */
  fail(fault: Fault, times?: number): void;
  /** Forgets all faults. */
  recover(): void;
  close(): Promise<void>;
};

/** A key for demonstrations and tests. It opens nothing but this emulator. */
export const emulatorKey: AccessKey = { id: 'AKIDEMULATOR', secret: 'emulator/secret+access=key' };

/**
 * AWS Secrets Manager on a loopback port: CreateSecret, PutSecretValue, GetSecretValue and DeleteSecret over the JSON
 * protocol. Strict where the service is: a request with a wrong signature, scope, clock, token, target or content type
 * is refused as AWS refuses it.
 */
export async function startSecretsManager(options: SecretsManagerOptions = {}): Promise<SecretsManager> {
  const {
    region = 'eu-central-1',
    keys = [emulatorKey],
    now = () => new Date(),
    port = 0,
    host = '127.0.0.1',
    identity,
    latency = 0,
  } = options;
  const store = createSecretStore(region);
  const accepted = [...keys];
  const calls: SecretsManagerCall[] = [];
  const requests: Request[] = [];
  let faults: { readonly fault: Fault; times: number }[] = [];
  const actions = {
    CreateSecret: store.create,
    PutSecretValue: store.put,
    GetSecretValue: store.get,
    DeleteSecret: store.remove,
  };

  let atOnce = 0;
  let most = 0;

  async function serve(request: Request, response: ServerResponse): Promise<void> {
    requests.push(request);
    most = Math.max(most, ++atOnce);
    response.once('close', () => --atOnce);
    if (latency > 0) await pause(latency);
    const [action, parameters] = admit(request);
    const fault = faults[0];
    faults = faults.filter((next) => next !== fault || --next.times > 0);
    if (fault !== undefined) return misbehave(fault.fault, response);
    const answer = actions[action](parameters);
    if ('ARN' in answer && typeof answer.ARN === 'string') authorize(action, answer.ARN);
    return send(response, 200, answer);
  }

  function authorize(action: string, arn: string): void {
    const accessKeyId = calls.at(-1)?.accessKeyId ?? '';
    if (options.iam === undefined) return;
    if (!options.iam.allows(accessKeyId, `secretsmanager:${action}`, arn)) {
      throw new ServiceError(
        'AccessDeniedException',
        `User: ${accessKeyId} is not authorized to perform: secretsmanager:${action}`,
      );
    }
    const context = { 'kms:ViaService': `secretsmanager.${region}.amazonaws.com` };
    const isReadable =
      options.kmsKey === undefined || options.iam.allows(accessKeyId, 'kms:Decrypt', options.kmsKey, context);
    if (!isReadable) throw new ServiceError('AccessDeniedException', 'Access to KMS is not allowed');
  }

  /** Throws what AWS answers for a request that it does not let in. */
  function admit(request: Request): [keyof typeof actions, Parameters] {
    const checked = checkSignature(request, { service: 'secretsmanager', region, keys: accepted, now: now() });
    if ('refusal' in checked) throw new ServiceError(checked.refusal.name, checked.refusal.message);
    const action = String(request.headers['x-amz-target']).replace(/^secretsmanager\./, '');
    const isJson = request.headers['content-type'] === 'application/x-amz-json-1.1';
    if (!isJson || request.method !== 'POST' || !Object.hasOwn(actions, action)) {
      throw new ServiceError('UnknownOperationException', '');
    }
    const parameters: Parameters = JSON.parse(request.body);
    calls.push({ accessKeyId: checked.key.id, action, secretId: parameters.SecretId, stage: parameters.VersionStage });
    return [action as keyof typeof actions, parameters];
  }

  const server = await startLoopbackServer(
    (request, response) => {
      response.setHeader('date', now().toUTCString());
      return serve(request, response).catch((error: unknown) => sendError(response, error));
    },
    { port, host, identity },
  );
  return {
    url: server.url,
    region,
    calls,
    requests,
    mostAtOnce: () => most,
    addKey: (key) => accepted.push(key),
    putSecret: (name, value) => storeOrCreate(store, name, value),
    deleteSecret: (name) => store.remove({ SecretId: name }),
    fail: (fault, times = Number.POSITIVE_INFINITY) => faults.push({ fault, times }),
    recover: () => {
      faults = [];
    },
    close: server.close,
  };
}

function storeOrCreate(store: ReturnType<typeof createSecretStore>, name: string, value: string | Uint8Array): void {
  const stored: StoredValue =
    typeof value === 'string' ? { SecretString: value } : { SecretBinary: Buffer.from(value).toString('base64') };
  try {
    store.put({ SecretId: name, ...stored });
  } catch {
    store.create({ Name: name, ...stored });
  }
}

function sendError(response: ServerResponse, error: unknown): void {
  if (!(error instanceof ServiceError)) throw error;
  const status = 'status' in error && typeof error.status === 'number' ? error.status : 400;
  send(response, status, { __type: error.name, Message: error.message });
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() });
  response.end(JSON.stringify(body));
}
