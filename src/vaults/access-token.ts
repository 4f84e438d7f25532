import type { Secret } from '../secret.ts';

/** A token that a cloud gave for its vault. */
export type AccessToken = {
  readonly value: Secret;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
};

/** A token that is about to expire may do so on its way to the vault. */
const MARGIN_MS = 60_000;

/**
 * Asks for a token when one is needed and keeps it until it expires; who needs one meanwhile waits for the same answer.
 * A failure is not kept. Throws what asking throws.
 */
export function keepToken<T extends AccessToken>(ask: () => Promise<T>): () => Promise<T> {
  let kept: Promise<T> | undefined;

  function renew(): Promise<T> {
    const asked = ask();
    kept = asked;
    asked.catch(() => {
      kept = undefined;
    });
    return asked;
  }

  return async () => {
    if (kept === undefined) return renew();
    const token = await kept;
    return token.expiresAt - MARGIN_MS > Date.now() ? token : renew();
  };
}
