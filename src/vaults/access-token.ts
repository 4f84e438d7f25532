import { Secret } from '../secret.ts';
import { fieldOf, isToken, parseJson } from './json.ts';
import { keep } from './keep.ts';

/** A token that a cloud gave for its vault. */
export type AccessToken = {
  readonly value: Secret;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
};

/**
 * The token in the answer of a token endpoint: `access_token`, with `expires_in` in seconds from now, or `expires_on` in
 * seconds since the epoch, either as a number or as its text. Undefined where there is no token.
 */
export function readAccessToken(answer: string): AccessToken | undefined {
  const body = parseJson(answer);
  const token = fieldOf(body, 'access_token');
  if (!isToken(token)) return undefined;
  const [lifetime, end] = [Number(fieldOf(body, 'expires_in')), Number(fieldOf(body, 'expires_on'))];
  const expiresAt = Number.isFinite(end) ? end * 1000 : Date.now() + (Number.isFinite(lifetime) ? lifetime * 1000 : 0);
  return { value: new Secret(token), expiresAt };
}

/** A token that is about to expire may do so on its way to the vault. */
const MARGIN_MS = 60_000;

/**
 * Asks for a token when one is needed and keeps it until it expires; who needs one meanwhile waits for the same answer.
 * A failure is not kept. Throws what asking throws.
 */
export function keepToken<T extends AccessToken>(ask: () => Promise<T>): () => Promise<T> {
  const kept = keep(ask);
  let last: T | undefined;
  return async () => {
    if (last !== undefined && last.expiresAt - MARGIN_MS <= Date.now()) kept.forget(last);
    last = await kept.get();
    return last;
  };
}
