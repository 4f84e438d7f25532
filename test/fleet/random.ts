import { createHash } from 'node:crypto';

/** Numbers from 0 to 1 that the seed decides; seeds that are neighbours have nothing in common. */
export function randomFrom(seed: number): () => number {
  let state = createHash('sha256').update(String(seed)).digest().readUInt32BE(0);
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
