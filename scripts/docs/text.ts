/** What a piece of code makes a sentence of: words, a hole for what only a start knows, or one of several texts. */
export type Part = string | { readonly hole: string } | { readonly oneOf: readonly Text[] };
export type Text = readonly Part[];

/** As a page shows it: `<name>` for a hole, brackets for what may be absent, bars between the several. */
export function printText(text: Text): string {
  return text.map(printPart).join('');
}

function printPart(part: Part): string {
  if (typeof part === 'string') return part;
  if ('hole' in part) return `<${part.hole}>`;
  const texts = [...new Set(part.oneOf.map(printText))];
  const some = texts.filter((one) => one !== '');
  if (some.length < texts.length) return some.length === 0 ? '' : `[${some.join('|')}]`;
  return some.length === 1 ? `${some[0]}` : `(${some.join('|')})`;
}

/** What the text can come to, as a pattern: a hole is anything. */
export function patternOf(text: Text): string {
  return text
    .map((part) => {
      if (typeof part === 'string') return part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
      return 'hole' in part ? '.*?' : `(?:${part.oneOf.map(patternOf).join('|')})`;
    })
    .join('');
}

/** Whether nothing of it is known. */
export function isHole(text: Text): boolean {
  return text.every((part) => typeof part !== 'string' && ('hole' in part || part.oneOf.every(isHole)));
}

/** One of its ways is nothing but a hole, so that a bar between them would tell nothing. */
export function isTangled(text: Text): boolean {
  return text.some((part) => {
    const ways = typeof part !== 'string' && 'oneOf' in part ? part.oneOf : [];
    return ways.some((way) => way.length > 0 && isHole(way));
  });
}
