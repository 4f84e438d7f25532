import { startLoopbackServer } from './loopback-server.ts';
import type { AccessKey } from './signature-v4.ts';

export type ContainerCredentialsOptions = {
  readonly key: AccessKey;
  /** The authorization that a question has to carry, as EKS Pod Identity asks for. */
  readonly authorization?: string;
  /** Answers with this status so many times first. */
  readonly refusals?: { readonly status: number; readonly times: number };
};

export type ContainerCredentials = {
  /** For `AWS_CONTAINER_CREDENTIALS_FULL_URI`. */
  readonly credentialsUrl: string;
  /** For `ECS_CONTAINER_METADATA_URI_V4`; the task is in Frankfurt. */
  readonly metadataUrl: string;
  /** The paths that were asked for. */
  readonly questions: string[];
  close(): Promise<void>;
};

/** The endpoint beside a container on ECS, and of Pod Identity on EKS: credentials and the task's metadata. */
export async function startContainerCredentials(options: ContainerCredentialsOptions): Promise<ContainerCredentials> {
  const questions: string[] = [];
  let refusalsLeft = options.refusals?.times ?? 0;
  const server = await startLoopbackServer((request, response) => {
    questions.push(request.target);
    const authorized = options.authorization === undefined || request.headers.authorization === options.authorization;
    const status = refusalsLeft-- > 0 ? (options.refusals?.status ?? 500) : authorized ? 200 : 403;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(status === 200 ? answerTo(request.target, options.key) : { message: 'refused' }));
  });
  return {
    credentialsUrl: `${server.url}/v2/credentials/1`,
    metadataUrl: `${server.url}/v4/1`,
    questions,
    close: server.close,
  };
}

function answerTo(path: string, key: AccessKey): object {
  if (path === '/v4/1/task') return { Cluster: 'kong', AvailabilityZone: 'eu-central-1b' };
  return credentialsDocument(key);
}

/** Credentials as AWS writes them in JSON, here and in the instance metadata. */
export function credentialsDocument(key: AccessKey): object {
  return {
    Code: 'Success',
    RoleArn: 'arn:aws:iam::123456789012:role/kong-task',
    AccessKeyId: key.id,
    SecretAccessKey: key.secret,
    Token: key.sessionToken,
    Expiration: (key.expires ?? new Date(Date.now() + 3_600_000)).toISOString(),
  };
}
