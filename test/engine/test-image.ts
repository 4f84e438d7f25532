import { fileURLToPath } from 'node:url';
import type { Engine } from './engine.ts';

/** What the Dockerfile makes of the stand-in for Kong Enterprise. */
export const TEST_IMAGE = 'kong-entrypoint-test';
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Builds it; the engine remembers what it built before. Returns what takes it away again, if nobody else brought it. */
export async function provideTestImage(engine: Engine): Promise<() => Promise<void>> {
  const isThere = (await engine.run('image', 'inspect', TEST_IMAGE)).status === 0;
  await engine.docker('build', '--network=host', '--tag', TEST_IMAGE, ROOT);
  return async () => {
    if (!isThere) await engine.run('image', 'rm', TEST_IMAGE);
  };
}
