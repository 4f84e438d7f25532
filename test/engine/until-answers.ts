import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from './engine.ts';

/** For the first answer of a container. */
const ANSWERS_WITHIN = 90_000;

/** Asks until it does not throw. Fails with the container's log when the container ends before, or time does. */
export async function untilAnswers(engine: Engine, container: string, ask: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + ANSWERS_WITHIN;
  while (!(await succeeds(ask))) {
    const isRunning = (await engine.docker('inspect', '--format={{.State.Running}}', container)) === 'true';
    if (isRunning && Date.now() < deadline) {
      await sleep(50);
      continue;
    }
    const { stdout, stderr } = await engine.run('logs', container);
    throw new Error(`${container} does not answer, running: ${isRunning}\n${stdout}${stderr}`);
  }
}

function succeeds(action: () => Promise<void>): Promise<boolean> {
  return action().then(
    () => true,
    () => false,
  );
}
