import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

/** Runs a checker of others' where this machine has it: a second opinion, beside a check of our own that is always made. */
export function assertLinterIsContent(program: string, ...words: readonly string[]): void {
  const { error, status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8', timeout: 120_000 });
  if (error !== undefined && 'code' in error && error.code === 'ENOENT') return;
  assert.equal(status, 0, `${program}: ${stdout}${stderr}`);
}
