import type { Answer } from '../http/http.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** An answer of Vault's, as far as it is one. */
export type VaultAnswer = {
  readonly status: number;
  readonly location: string | undefined;
  /** Undefined where the body is no JSON object. */
  readonly object: JsonObject | undefined;
  /** The body that is no JSON, for the few sentences that Vault says in plain text. */
  readonly text: string;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
};

export function readVaultAnswer({ status, headers, text, isText }: Answer): VaultAnswer {
  const object = isText ? parseObject(text) : undefined;
  return {
    status,
    location: headers['location'],
    object,
    text,
    errors: textsIn(object?.['errors']),
    warnings: textsIn(object?.['warnings']),
  };
}

/** The object under a key, undefined for anything else. */
export function objectIn(object: JsonObject | undefined, key: string): JsonObject | undefined {
  const value = object?.[key];
  return isObject(value) ? value : undefined;
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
