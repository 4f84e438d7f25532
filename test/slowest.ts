import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Duration = {
  readonly name: string;
  readonly file?: string | undefined;
  readonly details: { readonly duration_ms: number; readonly type?: string | undefined };
};

const MOST = 15;
const root = fileURLToPath(new URL('..', import.meta.url));

/** The tests that took the longest, the slowest first. */
export function printSlowest(tests: readonly Duration[]): string {
  const sorted = tests
    .filter(({ details }) => details.type !== 'suite')
    .toSorted((a, b) => b.details.duration_ms - a.details.duration_ms);
  return `\nSlowest tests\n${sorted.slice(0, MOST).map(printRow).join('')}`;
}

function printRow({ name, file, details }: Duration): string {
  const seconds = (details.duration_ms / 1000).toFixed(1);
  return `${seconds.padStart(7)} s  ${file === undefined ? '' : `${relative(root, file)}: `}${name}\n`;
}
