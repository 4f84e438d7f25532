import type { Answer } from '../http/http.ts';

/** What may be told of an error that a Google API answered: words of a fixed vocabulary, and its message to look into. */
export type GoogleError = {
  /** `PERMISSION_DENIED`. */
  readonly status: string;
  /** `SERVICE_DISABLED`, from the `ErrorInfo` among the details; empty where there is none. */
  readonly reason: string;
  readonly message: string;
};

/** The error in an answer of a Google API; undefined where something else than Google answered. */
export function readGoogleError({ text }: Answer): GoogleError | undefined {
  const error = field(parse(text), 'error');
  const status = word(field(error, 'status'));
  const message = field(error, 'message');
  if (status === '' || typeof message !== 'string') return undefined;
  const details = field(error, 'details');
  const reasons = Array.isArray(details) ? details.map((detail) => word(field(detail, 'reason'))) : [];
  return { status, message, reason: reasons.find((reason) => reason !== '') ?? '' };
}

/** A field of an object; undefined where there is no such field or no object. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

/** The JSON that a text is; undefined for any other text. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function word(value: unknown): string {
  return typeof value === 'string' && /^[A-Z][A-Z_]{1,60}$/.test(value) ? value : '';
}
