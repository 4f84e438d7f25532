import type { Answer } from '../http/http.ts';
import { fieldOf, isJsonObject, type JsonObject, parseJson } from '../json.ts';
import { repeatable } from '../repeatable.ts';

/** An answer, read as Vault's. */
export type VaultAnswer = {
  readonly status: number;
  readonly location: string | undefined;
  /** Undefined where the body is not a JSON object. */
  readonly object: JsonObject | undefined;
  /** The whole body: Vault says a few sentences in plain text. */
  readonly text: string;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
};

export function readVaultAnswer({ status, headers, text, isText }: Answer): VaultAnswer {
  const body = isText ? parseJson(text) : undefined;
  return {
    status,
    location: headers['location'],
    object: isJsonObject(body) ? body : undefined,
    text,
    errors: textsIn(fieldOf(body, 'errors')),
    warnings: textsIn(fieldOf(body, 'warnings')),
  };
}

function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** A sealed Vault stays so until a human unseals it. */
export function isSealed({ status, errors }: VaultAnswer): boolean {
  return status === 503 && errors.some((error) => /\bsealed\b/i.test(error));
}

/** Vault's own words; empty where they may not be repeated. */
export function saidBy({ errors }: VaultAnswer, secrets: readonly string[]): string {
  return repeatable(errors.join('; ').trim().replace(/\s+/g, ' '), secrets);
}
