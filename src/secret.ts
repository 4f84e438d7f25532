import { inspect } from 'node:util';

const MASK = '[secret]';

/** A value that came from a vault. It prints as `[secret]` in a template, in JSON, in `inspect` and in a concatenation. */
export class Secret<Value = string> {
  readonly #value: Value;

  constructor(value: Value) {
    this.#value = value;
  }

  static reveal<Value>(secret: Secret<Value>): Value {
    return secret.#value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [Symbol.toPrimitive](): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}

/** The one place where a secret can be read again: for a login, a child's environment, or the mask over its output. */
export function revealSecret<Value>(secret: Secret<Value>): Value {
  return Secret.reveal(secret);
}
