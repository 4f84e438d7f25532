import assert from 'node:assert/strict';
import type { EntrypointResult } from '../world/kong-entrypoint.ts';

/** It ended by itself, with a status that is not a bug's and no crash's, and in lines that no terminal obeys. */
export function assertOrderly({ exitCode, signal, stderr, timedOut }: EntrypointResult): void {
  const shown = stderr.slice(0, 2000);
  assert.equal(timedOut, false, `it hangs: ${shown}`);
  assert.equal(signal, null, shown);
  assert.ok(exitCode !== 70 && exitCode !== 134 && exitCode !== 139, `exit code ${exitCode}: ${shown}`);
  assert.ok(!/\n\s+at |this is a bug|node:internal/.test(stderr), `a stack: ${shown}`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  assert.ok(!/[\u0000-\u0009\u000b-\u001f\u007f]/.test(stderr), `a control character: ${JSON.stringify(shown)}`);
}
