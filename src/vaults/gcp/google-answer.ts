import type { Answer } from '../http/http.ts';
import { fieldOf, parseJson } from '../json.ts';

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
  const error = fieldOf(parseJson(text), 'error');
  const status = word(fieldOf(error, 'status'));
  const message = fieldOf(error, 'message');
  if (status === '' || typeof message !== 'string') return undefined;
  const details = fieldOf(error, 'details');
  const reasons = Array.isArray(details) ? details.map((detail) => word(fieldOf(detail, 'reason'))) : [];
  return { status, message, reason: reasons.find((reason) => reason !== '') ?? '' };
}

function word(value: unknown): string {
  return typeof value === 'string' && /^[A-Z][A-Z_]{1,60}$/.test(value) ? value : '';
}
