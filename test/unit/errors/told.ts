import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EntrypointError } from '../../../src/errors.ts';

/** A situation, what makes an error of it, and all that an operator is told: code, subject, sentence, hint. */
export type ErrorRow = readonly [situation: string, make: () => unknown, told: string];

/** Each row as a test. The error is what `make` returns, or throws. A `folder` that differs from run to run is left out of paths. */
export function describeErrors(what: string, rows: readonly ErrorRow[], folder = '/no/folder'): void {
  describe(what, () => {
    for (const [situation, make, expected] of rows) {
      test(situation, async () => assert.equal(tell(await errorOf(make)).replaceAll(folder, ''), expected));
    }
  });
}

async function errorOf(make: () => unknown): Promise<unknown> {
  try {
    return await make();
  } catch (error) {
    return error;
  }
}

function tell(error: unknown): string {
  if (!(error instanceof EntrypointError)) throw error;
  const subject = error.subject ?? error.settingKey;
  const text = `${error.exitCode} ${subject === undefined ? '' : `${subject}: `}${error.message} | ${error.hint}`;
  return text.replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT');
}
