import type { Answer } from '../http/http.ts';
import { fieldOf, parseJson } from '../json.ts';

/** What may be told of an error of Key Vault's: words of its vocabulary, and its message to look into. */
export type VaultError = {
  /** `Forbidden`, `SecretNotFound`. */
  readonly code: string;
  /** `ForbiddenByRbac`, from the inner error; empty where there is none. */
  readonly reason: string;
  readonly message: string;
};

/** The error in an answer; undefined where something else than a Key Vault answered. */
export function readVaultError({ text }: Answer): VaultError | undefined {
  const error = fieldOf(parseJson(text), 'error');
  const [code, message] = [word(fieldOf(error, 'code')), fieldOf(error, 'message')];
  if (code === '' || typeof message !== 'string') return undefined;
  return { code, message, reason: word(fieldOf(fieldOf(error, 'innererror'), 'code')) };
}

function word(value: unknown): string {
  return typeof value === 'string' && /^[A-Za-z]{1,60}$/.test(value) ? value : '';
}
