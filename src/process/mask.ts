import { revealSecret, type Secret } from '../secret.ts';

const MASK = '[secret]';
/** Values shorter than this are words that appear anywhere; masking them would garble the output and tell their length. */
const SHORTEST_MASKED = 4;

/** Hides secret values in the output of a child. Works on latin1 text, one character a byte. */
export type Mask = {
  apply(text: string): string;
  /** The longest part of the text that can be passed on without cutting a secret in two; at least 1 for a text longer than any secret. */
  safeLength(text: string): number;
};

/** A mask over these values: as they are, line by line, and as JSON and a URL would write them. */
export function createMask(secrets: Iterable<Secret>): Mask {
  const needles = [...new Set([...secrets].flatMap(writtenForms))].sort((a, b) => b.length - a.length);
  const longest = needles[0]?.length ?? 1;
  return {
    apply: (text) => needles.reduce((masked, needle) => masked.replaceAll(needle, MASK), text),
    safeLength(text) {
      let cut = Math.max(text.length - longest + 1, 0);
      for (let before = -1; before !== cut; ) {
        before = cut;
        cut = needles.reduce((at, needle) => moveBeforeNeedle(text, needle, at), cut);
      }
      return cut;
    },
  };
}

/** If an occurrence of the needle lies across the cut, the cut moves to where it begins. */
function moveBeforeNeedle(text: string, needle: string, cut: number): number {
  const at = text.indexOf(needle, Math.max(0, cut - needle.length + 1));
  return at !== -1 && at < cut && at + needle.length > cut ? at : cut;
}

function writtenForms(secret: Secret): string[] {
  const value = revealSecret(secret);
  const lines = value.split(/\r?\n/);
  return [value, ...lines]
    .flatMap((text) => [text, text.trim(), JSON.stringify(text).slice(1, -1), percentEncode(text)])
    .filter((text) => text.length >= SHORTEST_MASKED)
    .map((text) => Buffer.from(text, 'utf8').toString('latin1'));
}

/** As a URL writes it; a lone surrogate, which no URL can hold, stays as it is. */
function percentEncode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
