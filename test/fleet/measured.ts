import { appendFileSync, readFileSync } from 'node:fs';

/** Where the figures of the documentation are kept. */
export const MEASURED = new URL('measured.json', import.meta.url);

/** What a row of the table came to in one run. */
export type Measured = {
  readonly part: string;
  readonly name: string;
  readonly does: string;
  readonly exitCode: number;
  readonly seconds: number;
  readonly line: string;
};

/** Puts a row into the file that FLEET_MEASURED names, where it names one. */
export function keep({ seconds, line, ...row }: Measured): void {
  const file = process.env['FLEET_MEASURED'];
  const rounded = Math.round(seconds * 10) / 10;
  if (file) appendFileSync(file, `${JSON.stringify({ ...row, seconds: rounded, line: withoutPlaces(line) })}\n`);
}

/** Addresses, ports, files and process numbers are of that run alone. */
function withoutPlaces(line: string): string {
  return line
    .replace(/^kong-entrypoint: /, '')
    .replaceAll(/\b(?:127\.0\.0\.\d|10\.213\.\d+\.\d+|database\.fleet\.test)(?::\d+)?/g, 'HOST')
    .replaceAll(/"pg_tblspc\/[^"]+"/g, '"pg_tblspc/..."')
    .replaceAll(/\bPostgreSQL process \d+/g, 'PostgreSQL process N');
}

/** The rows of such a file. */
export function readKept(file: string): Measured[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
}

/** What the documentation tells: the rows of the run that `npm run fleet:measure` made last. */
export function readMeasured(): readonly Measured[] {
  return JSON.parse(readFileSync(MEASURED, 'utf8'));
}
