/** What may be told of an error of the SDK. Nothing else of the error object is ever printed or kept. */
export type AwsAnswer = {
  readonly name: string;
  /** A code of the network or of TLS: `ECONNREFUSED`, `CERT_HAS_EXPIRED`. */
  readonly code: string | undefined;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  /** The service's own words, and only where the service spoke: the SDK's can quote the bytes of an answer. */
  readonly message: string;
};

/** Reads an error of the SDK, or anything else that was thrown. */
export function readAwsAnswer(error: unknown): AwsAnswer {
  const fields: Readonly<Record<string, unknown>> = typeof error === 'object' && error !== null ? { ...error } : {};
  const metadata: Readonly<Record<string, unknown>> = { ...(fields['$metadata'] as object | undefined) };
  const name = error instanceof Error ? error.name : 'Error';
  const spoken = fields['$fault'] !== undefined && /^[A-Za-z.]+$/.test(name) && error instanceof Error;
  return {
    name: plainName(name),
    code: text(fields['code']),
    status: typeof metadata['httpStatusCode'] === 'number' ? metadata['httpStatusCode'] : undefined,
    requestId: text(metadata['requestId']),
    message: spoken ? error.message : '',
  };
}

function plainName(name: string): string {
  return /^[A-Za-z][A-Za-z.]{0,60}$/.test(name) ? name : 'Error';
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w-]{1,80}$/.test(value) ? value : undefined;
}
