import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { runEntrypoint } from '../../world/kong-entrypoint.ts';

const program = [fileURLToPath(new URL('../../../dist/kong-entrypoint', import.meta.url))];

/** What `--plan` prints for a container of this environment and these words, or the image's CMD without them. */
export async function planOf(
  environment: Readonly<Record<string, string>>,
  words: readonly string[] = ['kong', 'docker-start'],
): Promise<string> {
  const { exitCode, stdout, stderr } = await runEntrypoint({ program, args: ['--plan', ...words], environment });
  assert.equal(exitCode, 0, stderr);
  return stdout;
}
