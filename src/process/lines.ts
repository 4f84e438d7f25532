/** How much of a line without an end is held before a part of it is passed on. */
const MOST_HELD = 64 * 1024;

/** Turns bytes into whole lines. Text is latin1: one character is one byte, so that nothing is changed on the way. */
export type LineReader = {
  push(chunk: Buffer): void;
  /** Passes on what is left when the stream has ended. */
  end(): void;
};

/**
 * Calls `onText` with whole lines, newlines included: masked, and as they were printed. A line longer than 64 KiB is passed on in parts,
 * and `mask` sees each part; `safeLength` says where a part may end so that no secret is cut in two.
 */
export function createLineReader(options: {
  readonly mask: (text: string) => string;
  readonly safeLength: (text: string) => number;
  readonly onText: (masked: string, printed: string) => void;
}): LineReader {
  let held = '';

  function pass(length: number): void {
    const printed = held.slice(0, length);
    if (length > 0) options.onText(options.mask(printed), printed);
    held = held.slice(length);
  }

  return {
    push(chunk) {
      held += chunk.toString('latin1');
      pass(held.lastIndexOf('\n') + 1);
      while (held.length > MOST_HELD) {
        const cut = options.safeLength(held);
        if (cut === 0) break;
        pass(cut);
      }
    },
    end() {
      pass(held.length);
    },
  };
}
