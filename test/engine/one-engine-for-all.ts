import { type Engine, openEngine } from './engine.ts';
import { provideBaseImages } from './stand-in-images.ts';
import { provideTestImage } from './test-image.ts';

/*
 * What the test files share, made once before the first of them: an engine, base images, and the image under test. They find it because
 * this engine answers; a file that is run alone makes the same for itself.
 */
const cleanUp: (() => Promise<unknown>)[] = [];

/** Where this fails, the runner does not call the other one. */
export async function globalSetup(): Promise<void> {
  try {
    await setUp();
  } catch (error) {
    await globalTeardown();
    throw error;
  }
}

async function setUp(): Promise<void> {
  const engine = await openEngine();
  cleanUp.push(() => engine.close());
  leadTo(engine);
  cleanUp.push(await provideBaseImages(engine));
  cleanUp.push(await provideTestImage(engine));
}

export async function globalTeardown(): Promise<void> {
  for (const undo of cleanUp.toReversed()) await undo();
}

/** The processes of the test files inherit these. */
function leadTo({ environment }: Engine): void {
  for (const name of ['PATH', 'DOCKER_HOST', 'DOCKER_CONFIG'] as const) {
    const value = environment[name];
    if (value !== undefined) process.env[name] = value;
  }
}
