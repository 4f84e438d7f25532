import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPhases } from '../../src/process/phases.ts';

test('the time of a phase within another is counted once, to the inner one, also where it fails', async () => {
  let clock = 0;
  const phases = createPhases(() => clock);
  const spend = async (milliseconds: number): Promise<void> => {
    clock += milliseconds;
  };
  await phases.measure('database', async () => {
    await spend(5);
    await phases.measure('references', () => spend(84));
    const failing = phases.measure('migrations', async () => {
      await spend(600);
      throw new Error('failed');
    });
    await assert.rejects(failing);
    await spend(7);
  });
  assert.deepEqual([phases.took('references'), phases.took('database'), phases.took('migrations')], [84, 12, 600]);
});
