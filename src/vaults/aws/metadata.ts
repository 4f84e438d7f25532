import { setTimeout as pause } from 'node:timers/promises';
import type { AwsRequestHandler } from './connection.ts';

/** A question to an endpoint beside the container: container credentials, ECS task metadata, instance metadata. */
export type MetadataQuestion = {
  readonly url: URL;
  readonly method?: 'GET' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
};

/** The endpoint answered, and with something else than 200. */
export class MetadataRefusedError extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`answered ${status}`);
    this.status = status;
  }
}

/** The body of the answer. Throws MetadataRefusedError for a status but 200, and the connection's own errors. */
export async function askMetadata(handler: AwsRequestHandler, question: MetadataQuestion): Promise<string> {
  const { url, method = 'GET', headers = {}, timeoutMs } = question;
  const request = {
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { host: url.host, accept: '*/*', ...headers },
  };
  const { response } = await handler.handle(request, { requestTimeout: timeoutMs });
  if (response.statusCode !== 200) throw new MetadataRefusedError(response.statusCode);
  return Buffer.from(response.body).toString('utf8');
}

/**
 * The same, asked up to three times: an agent on the node may not be up yet when the first container is, and limits
 * calls when many start at once. A refusal (4xx but 429) is final.
 */
export async function askMetadataPatiently(
  handler: AwsRequestHandler,
  question: MetadataQuestion,
  signal: AbortSignal,
): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await askMetadata(handler, question);
    } catch (error) {
      if (attempt === 3 || signal.aborted || isFinal(error)) throw error;
    }
    await pause(200 * attempt, undefined, { signal });
  }
}

function isFinal(error: unknown): boolean {
  return error instanceof MetadataRefusedError && error.status >= 400 && error.status < 500 && error.status !== 429;
}
