import { appendFileSync, readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';

/** One line of the table: what was proved, how it came out, and a number that says how well. */
export type Row = {
  readonly part: string;
  readonly what: string;
  readonly result: 'holds' | 'FAILS' | 'elsewhere';
  readonly figure: string;
};

/** Where the rows of all test files come together; nowhere when a file is run by itself. */
export const FIGURES = 'FAULTS_FIGURES';

/** A test that is a row of the table as well. It returns its figure. */
export function prove(part: string, what: string, proof: (t: TestContext) => Promise<string> | string): void {
  test(what, async (t) => {
    try {
      note({ part, what, result: 'holds', figure: await proof(t) });
    } catch (error) {
      note({ part, what, result: 'FAILS', figure: error instanceof Error ? firstLine(error.message) : 'no error' });
      throw error;
    }
  });
}

/** Adds a row that is not a test of its own. */
export function note(row: Row): void {
  const file = process.env[FIGURES];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(row)}\n`);
}

export function readRows(file: string): Row[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line): Row => JSON.parse(line));
}

/** The rows beneath each other, every part under its name. */
export function printTable(rows: readonly Row[]): string {
  const width = Math.max(0, ...rows.map(({ what }) => what.length));
  const parts = [...new Set(rows.map(({ part }) => part))];
  const lines = parts.flatMap((part) => [
    '',
    part,
    ...rows.filter((row) => row.part === part).map((row) => printRow(row, width)),
  ]);
  const failed = rows.filter(({ result }) => result === 'FAILS').length;
  return `${lines.join('\n')}\n\n${rows.length} rows, ${failed} of them red\n`;
}

function printRow({ what, result, figure }: Row, width: number): string {
  return `  ${what.padEnd(width)}  ${result.padEnd(9)}  ${figure}`;
}

function firstLine(text: string): string {
  return text.split('\n')[0]?.slice(0, 120) ?? '';
}
