import { inspect } from 'node:util';

const values = new WeakMap<Secret, string>();
const MASK = '[secret]';

/** A value that came from a vault. It prints as `[secret]` in a template, in JSON, in `inspect` and in a concatenation. */
export class Secret {
  constructor(value: string) {
    values.set(this, value);
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

/** The one place where a secret becomes text again: for a login, a child's environment, or the mask over its output. */
export function revealSecret(secret: Secret): string {
  const value = values.get(secret);
  if (value === undefined) throw new TypeError('not a secret');
  return value;
}
