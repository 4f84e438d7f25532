import type { OnOutput } from '../process/child.ts';
import { createMask, type Mask } from '../process/mask.ts';
import type { World } from '../process/world.ts';

/** Characters that are held. A child that prints more before its secrets are known has its first lines left out. */
const MOST_HELD = 1024 * 1024;

/** The output of a child whose secrets are not known yet. */
export type HeldOutput = {
  /** For the child. It hides nothing until the output is released. */
  readonly mask: Mask;
  readonly take: OnOutput;
  /** Passes on what was held, then everything as it comes, all of it through this mask. */
  release(mask: Mask): void;
};

export function holdOutput({ write, log }: Pick<World, 'write' | 'log'>): HeldOutput {
  const held: { readonly stream: 'stdout' | 'stderr'; readonly text: string }[] = [];
  let released: Mask | undefined;
  let inUse = createMask([]);
  let length = 0;
  let leftOut = 0;

  function hold(stream: 'stdout' | 'stderr', text: string): void {
    held.push({ stream, text });
    length += text.length;
    while (length > MOST_HELD) {
      const first = held.shift()?.text.length ?? length;
      length -= first;
      leftOut += first;
    }
  }

  return {
    mask: { apply: (text) => inUse.apply(text), safeLength: (text) => inUse.safeLength(text) },
    take(stream, masked, printed) {
      if (released === undefined) hold(stream, printed);
      else write(stream, masked);
    },
    release(known) {
      released = known;
      inUse = known;
      if (leftOut > 0) log.warn(`left out the first ${leftOut} bytes of what a command printed, and kept the rest`);
      for (const { stream, text } of held.splice(0)) write(stream, known.apply(text));
    },
  };
}
