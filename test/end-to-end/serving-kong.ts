import assert from 'node:assert/strict';
import type { RunningEntrypoint } from '../world/kong-entrypoint.ts';
import type { StandInKong } from '../world/stand-in-kong/stand-in-kong.ts';
import type { Variables } from './how-to-start.ts';

/** What the Admin API answers to `GET /`. */
export type AdminRoot = { readonly pid: number; readonly configuration: Variables };

/** Waits until this start has become a Kong that serves, and asks it. */
export async function untilServing(running: RunningEntrypoint, kong: StandInKong): Promise<AdminRoot> {
  await running.waitForLine('Kong started');
  const address = kong.record().findLast(({ listening }) => listening !== undefined)?.listening;
  const response = await fetch(`http://${address}/`);
  return (await response.json()) as AdminRoot;
}

/** Stops it as a container engine stops a Kong image. */
export async function stopServing(running: RunningEntrypoint): Promise<void> {
  running.signal('SIGQUIT');
  assert.equal((await running.finished).exitCode, 0);
  assert.deepEqual(running.processesLeft(), []);
}
