import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { EntrypointError } from '../../../src/errors.ts';
import { prove } from '../figures.ts';

/** `SEED=n` repeats a run, `CASES=n` makes every property so many times as large. */
const seed = Number(process.env['SEED'] ?? randomInt(2 ** 31));
const factor = Number(process.env['CASES'] ?? 1);

/** No input may take longer: a reader that doubles its time with every character would. */
const LONGEST_MS = 2000;

/** A property of one generated value, as a row of the table. */
export function fuzz<T>(what: string, cases: number, values: fc.Arbitrary<T>, holds: (value: T) => void): void {
  prove('fuzz', what, (t) => {
    const numRuns = cases * factor;
    let slowest = 0;
    t.diagnostic(`SEED=${seed}`);
    const timed = (value: T): void => {
      const started = performance.now();
      holds(value);
      slowest = Math.max(slowest, performance.now() - started);
    };
    fc.assert(fc.property(values, timed), { seed, numRuns });
    assert.ok(slowest < LONGEST_MS, `a case took ${slowest} ms`);
    return `${numRuns} cases, SEED=${seed}, the slowest ${slowest.toFixed(1)} ms`;
  });
}

/** What it returns, and undefined where it throws an error of ours. Any other error goes on. */
export function orRefused<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof EntrypointError) return undefined;
    throw error;
  }
}
