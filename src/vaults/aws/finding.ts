import type { AwsCredentialIdentity } from '@smithy/types';
import { codeOf } from '../../errors.ts';
import { UnreadableFileError } from '../../process/read-file.ts';
import { AnswerTooLargeError } from '../read-body.ts';
import { MetadataRefusedError } from './metadata.ts';

/** What one link of the chain came to: credentials, or why it has none. A reason never holds a value. */
export type Finding = { readonly credentials: AwsCredentialIdentity } | { readonly reason: string };

/** Why a link failed, in short: our own words, an error's code or name; a message may quote what it choked on. */
export function reasonFor(error: unknown): string {
  if (error instanceof MetadataRefusedError) return error.message;
  if (!(error instanceof Error)) return 'failed';
  if (error instanceof UnreadableFileError) return `its token file cannot be read: ${error.message}`;
  if (error instanceof AnswerTooLargeError) return 'the answer is too large';
  const code = codeOf(error);
  // The SDK calls every fault of the network a timeout that another attempt may heal; the code tells them apart.
  if (error.name === 'TimeoutError' && /^(unknown|ETIMEDOUT)$/.test(code)) return 'no answer in time';
  return code === 'unknown' ? error.name : code;
}

type AnswerOfAws = {
  readonly AccessKeyId?: unknown;
  readonly SecretAccessKey?: unknown;
  readonly Token?: unknown;
  readonly Expiration?: unknown;
};

/** Reads credentials as the container endpoint and the instance metadata give them. */
export function readCredentialsAnswer(body: string): Finding {
  const answer = parseObject(body);
  if (answer === undefined) return { reason: 'the answer is no JSON object' };
  const { AccessKeyId, SecretAccessKey, Token, Expiration } = answer;
  if (typeof AccessKeyId !== 'string' || typeof SecretAccessKey !== 'string') {
    return { reason: 'the answer holds no credentials' };
  }
  const expiration = typeof Expiration === 'string' ? new Date(Expiration) : undefined;
  return {
    credentials: {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      ...(typeof Token === 'string' ? { sessionToken: Token } : {}),
      ...(expiration === undefined || Number.isNaN(expiration.getTime()) ? {} : { expiration }),
    },
  };
}

function parseObject(body: string): AnswerOfAws | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}
