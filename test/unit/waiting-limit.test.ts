import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { limitWaiting } from '../../src/process/stop.ts';

test('what is not waiting does not count, and what was left before it is left after it', async () => {
  const { signal, uncounted } = limitWaiting(new AbortController().signal, 400);
  await uncounted(() => pause(800));
  assert.equal(signal.aborted, false);
  await pause(1500);
  assert.equal(signal.aborted, true);
  assert.equal(signal.reason.exitCode, 75);
});

test('a stop ends what does not count too', async () => {
  const stop = new AbortController();
  const { signal, uncounted } = limitWaiting(stop.signal, 60_000);
  await uncounted(async () => stop.abort(new Error('stopped')));
  assert.equal(signal.reason, stop.signal.reason);
});

test('0 means no limit: only a stop ends the waiting', async () => {
  const stop = new AbortController();
  const { signal, uncounted } = limitWaiting(stop.signal, 0);
  await uncounted(() => pause(10));
  await pause(50);
  assert.equal(signal.aborted, false);
  stop.abort(new Error('stopped'));
  assert.equal(signal.reason, stop.signal.reason);
});
