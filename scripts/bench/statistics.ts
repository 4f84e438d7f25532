/** The middle of some numbers, and the quarters around it. */
export type Summary = { readonly median: number; readonly lower: number; readonly upper: number };

export function summarize(numbers: readonly number[]): Summary {
  const sorted = numbers.toSorted((a, b) => a - b);
  return { median: quantile(sorted, 0.5), lower: quantile(sorted, 0.25), upper: quantile(sorted, 0.75) };
}

/** How often the second goes into the first, round by round: a machine that slows down in between slows both. */
export function ratio(numbers: readonly number[], base: readonly number[]): Summary {
  return summarize(numbers.map((number, round) => number / (base[round] ?? Number.NaN)));
}

function quantile(sorted: readonly number[], part: number): number {
  const at = (sorted.length - 1) * part;
  const [below = Number.NaN, above = below] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return below + (above - below) * (at - Math.floor(at));
}
