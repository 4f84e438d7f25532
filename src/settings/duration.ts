const factors: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** What setTimeout can hold; a longer wait would end at once. */
const LONGEST = 2_147_483_647;

/** `500ms`, `60s`, `15m`, `1h`, or a bare number of seconds. Returns milliseconds, undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,10}(?:\.\d{1,3})?)(ms|s|m|h)?$/.exec(text);
  if (match === null) return undefined;
  const milliseconds = Math.round(Number(match[1]) * (factors[match[2] ?? 's'] ?? 1000));
  return milliseconds <= LONGEST ? milliseconds : undefined;
}
