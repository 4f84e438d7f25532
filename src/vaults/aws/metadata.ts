import type { AwsCredentialIdentity } from '@smithy/types';
import type { Http, Peer, Question } from '../http/http.ts';
import { fieldOf, parseJson } from '../json.ts';
import { trust } from './sdk-client.ts';

/** What one link of the chain came to: credentials, or why it has none. A reason never holds a value. */
export type Finding = { readonly credentials: AwsCredentialIdentity } | { readonly reason: string };

/** A question to an endpoint beside the container: container credentials, ECS task metadata, instance metadata. */
export type MetadataQuestion = Pick<Question, 'url' | 'headers' | 'mostAttempts'> & {
  readonly method?: 'GET' | 'PUT';
  readonly timeoutMs: number;
  /** Who is asked, and the variable that says where. */
  readonly name: string;
  readonly variable: string;
};

/** The endpoint answered, and with something else than 200. */
export class MetadataRefusedError extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`answered ${status}`);
    this.status = status;
  }
}

/** An endpoint beside the container, in the words of an error, and the variable that says where it is. */
export function peerBeside(name: string, variable: string): Peer {
  return { name, address: `check ${variable}`, trust };
}

/** The body of the answer. Throws MetadataRefusedError for a status but 200, and what the connection comes to. */
export async function askMetadata(http: Http, question: MetadataQuestion): Promise<string> {
  const { name, variable, method = 'GET', ...rest } = question;
  const { status, text } = await http.request({
    peer: peerBeside(name, variable),
    method,
    ...rest,
  });
  if (status !== 200) throw new MetadataRefusedError(status);
  return text;
}

/** Reads credentials as the container endpoint and the instance metadata give them. */
export function readCredentialsAnswer(body: string): Finding {
  const answer = parseJson(body);
  if (typeof answer !== 'object' || answer === null) return { reason: 'the answer is not a JSON object' };
  const [id, secret, token, expires] = ['AccessKeyId', 'SecretAccessKey', 'Token', 'Expiration'].map((name) =>
    fieldOf(answer, name),
  );
  if (typeof id !== 'string' || typeof secret !== 'string') return { reason: 'the answer holds no credentials' };
  const expiration = typeof expires === 'string' ? new Date(expires) : undefined;
  return {
    credentials: {
      accessKeyId: id,
      secretAccessKey: secret,
      ...(typeof token === 'string' && { sessionToken: token }),
      ...(expiration !== undefined && !Number.isNaN(expiration.getTime()) && { expiration }),
    },
  };
}
