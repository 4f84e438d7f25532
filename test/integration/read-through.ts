import assert from 'node:assert/strict';
import { EntrypointError } from '../../src/errors.ts';
import { parseReference } from '../../src/references/reference.ts';
import { readSecretKey } from '../../src/references/secret-object.ts';
import type { SecretSource } from '../../src/references/secret-source.ts';
import { revealSecret } from '../../src/secret.ts';

/** A source of secrets as the rest of the program uses it. */
export type Reading = {
  /** The text of the whole secret. */
  read(reference: string): Promise<string>;
  /** What is thrown in place of a secret: an error made for an operator, or the test fails. */
  thrown(reference: string): Promise<EntrypointError>;
};

export function readThrough(source: SecretSource): Reading {
  const fetch = async (reference: string) => source.fetch(source.prepare(parseReference(reference)));
  return {
    read: async (reference) => readSecretKey(revealSecret(await fetch(reference)), undefined),
    async thrown(reference) {
      const error: unknown = await fetch(reference).then(
        () => assert.fail('this cannot be read'),
        (failure: unknown) => failure,
      );
      if (!(error instanceof EntrypointError)) throw error;
      return error;
    },
  };
}
