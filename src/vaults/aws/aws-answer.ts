import { codeOf, EntrypointError, UnavailableError } from '../../errors.ts';
import { UnreadableFileError } from '../../process/read-file.ts';
import { MetadataRefusedError } from './metadata.ts';

/** What may be told of an error of the SDK. Nothing else of the error object is ever printed or kept. */
export type AwsAnswer = {
  readonly name: string;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  /** The service's own words, and only where the service spoke: the SDK's can quote the bytes of an answer. */
  readonly message: string;
};

/** The SDK's and the services' names for too many requests. */
export const throttling =
  /^(Throttl|TooManyRequests|RequestLimitExceeded|LimitExceeded|SlowDown|PriorRequestNotComplete)/;

/** Reads an error of the SDK, or anything else that was thrown. */
export function readAwsAnswer(error: unknown): AwsAnswer {
  const fields: Readonly<Record<string, unknown>> = typeof error === 'object' && error !== null ? { ...error } : {};
  const metadata: Readonly<Record<string, unknown>> = { ...(fields['$metadata'] as object | undefined) };
  const { httpStatusCode: status, requestId } = metadata;
  const name = error instanceof Error ? error.name : 'Error';
  const spoken = fields['$fault'] !== undefined && /^[A-Za-z.]+$/.test(name) && error instanceof Error;
  return {
    name: /^[A-Za-z][A-Za-z.]{0,60}$/.test(name) ? name : 'Error',
    status: typeof status === 'number' ? status : undefined,
    requestId: typeof requestId === 'string' && /^[\w-]{1,80}$/.test(requestId) ? requestId : undefined,
    message: spoken ? error.message : '',
  };
}

/** Why a link of the credential chain failed, in short: our own words, an error's code or name. A message may quote what it choked on. */
export function reasonFor(error: unknown): string {
  if (error instanceof MetadataRefusedError || error instanceof EntrypointError) return error.message;
  if (!(error instanceof Error)) return 'failed';
  if (error instanceof UnreadableFileError) return `its token file cannot be read: ${error.message}`;
  const code = codeOf(error);
  return code === 'unknown' ? error.name : code;
}

/** Whether the same question may be answered later: the other side is busy, or was not reached. */
export function isTemporary(error: unknown): boolean {
  if (error instanceof UnavailableError) return true;
  const { name, status = 0 } =
    error instanceof MetadataRefusedError ? { name: '', status: error.status } : readAwsAnswer(error);
  return status === 429 || status >= 500 || throttling.test(name);
}
