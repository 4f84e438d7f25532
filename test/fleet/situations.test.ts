import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { verdict } from '../migrations/scene.ts';
import { keep, type Measured, readMeasured } from './measured.ts';
import { whySkipped } from './needed-parts.ts';
import type { Situation, Watched } from './situation.ts';
import { situations } from './situations.ts';

/** Most of a situation is waiting; the longest come first. */
const AT_A_TIME = 10;
/** A start that waits says so every five seconds; the rest is for a machine that is busy. */
const LONGEST_SILENCE = 12;

const rows = Object.entries(situations).flatMap(([part, inPart]) => inPart.map((row) => ({ ...row, part })));

describe('a start', { concurrency: AT_A_TIME }, () => {
  for (const { part, ...row } of rows.toSorted((one, other) => other.atMost - one.atMost)) {
    test(`${row.name}: ${row.does}`, { skip: whySkipped(row.needs ?? []), timeout: 280_000 }, async (t) => {
      await using undone = new AsyncDisposableStack();
      const watched = await row.play((undo) => undone.defer(undo));
      const line = holds(row, watched);
      t.diagnostic(`${watched.seconds.toFixed(1)} s, ${watched.exitCode}: ${line}`);
      keep({ part, name: row.name, does: row.does, exitCode: row.exitCode, seconds: watched.seconds, line });
    });
  }
});

test('the table in docs/fleet.md is of these rows; npm run fleet:measure and npm run docs make it again', () => {
  assert.deepEqual(readMeasured().map(toldOf), rows.map(toldOf));
});

type Told = Pick<Measured, 'part' | 'name' | 'does' | 'exitCode'>;

function toldOf({ part, name, does, exitCode }: Told): Told {
  return { part, name, does, exitCode };
}

/** The line that tells of the situation. */
function holds(row: Situation, watched: Watched): string {
  const printed = watched.stderr;
  assert.equal(watched.exitCode, row.exitCode, printed);
  assert.equal(verdict(watched).length, row.exitCode === 0 ? 0 : 2, printed);
  assert.ok(watched.seconds <= row.atMost, `${watched.seconds} s, and ${row.atMost} s were allowed: ${printed}`);
  assert.ok(watched.silence <= LONGEST_SILENCE, `${watched.silence} s without a line: ${printed}`);
  if (row.line === undefined) return '';
  const line = printed.split('\n').find((candidate) => row.line?.test(candidate));
  assert.ok(line !== undefined, `no line ${row.line}: ${printed}`);
  return line;
}
