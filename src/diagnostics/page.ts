import { styleText } from 'node:util';
import { printable } from '../log.ts';

type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan';

/** Text for a terminal or a file: headings, and rows whose columns stand below each other. */
export type Page = {
  heading(text: string): void;
  rows(rows: readonly (readonly string[])[], styles?: readonly (Style | undefined)[]): void;
  line(text: string, style?: Style): void;
  text(): string;
};

export function createPage(hasColour: boolean): Page {
  const lines: string[] = [];
  const paint = (text: string, style: Style | undefined): string =>
    hasColour && style !== undefined ? styleText(style, text, { validateStream: false }) : text;

  return {
    heading(text) {
      if (lines.length > 0) lines.push('');
      lines.push(paint(printable(text), 'bold'));
    },
    rows(rows, styles = []) {
      const clean = rows.map((row) => row.map(printable));
      const widths = (clean[0] ?? []).map((_, column) => Math.max(...clean.map((row) => row[column]?.length ?? 0)));
      for (const row of clean) {
        const cells = row.map((cell, column) => {
          const padded = column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0);
          return paint(padded, styles[column]);
        });
        lines.push(`  ${cells.join('  ')}`.trimEnd());
      }
    },
    line(text, style) {
      lines.push(`  ${paint(printable(text), style)}`);
    },
    text: () => `${lines.join('\n')}\n`,
  };
}

/** `1 secret`, `2 secrets`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
