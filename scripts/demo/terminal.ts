import type { WriteStream } from 'node:tty';

/** What the demonstration prints: for a person at a terminal, and for whoever reads a log of it. */
export type Terminal = {
  heading(text: string): void;
  line(text: string): void;
  /** What a program printed, as it came. */
  passOn(text: string): void;
  proof(proof: Proof): void;
};

/** A claim, and whether it holds. */
export type Proof = { readonly holds: boolean; readonly claim: string; readonly details?: readonly string[] };

type Style = 'bold' | 'dim' | 'red' | 'green';

const codes: Readonly<Record<Style, number>> = { bold: 1, dim: 2, red: 31, green: 32 };

/** Colour only for a terminal, and not where `NO_COLOR` is set. */
export function createTerminal(
  stream: Pick<WriteStream, 'write'> & { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): Terminal {
  const isColourful = stream.isTTY === true && (environment['NO_COLOR'] ?? '') === '';
  let isMidLine = false;

  function paint(style: Style, text: string): string {
    return isColourful ? `\u001b[${codes[style]}m${text}\u001b[0m` : text;
  }

  function print(text: string): void {
    stream.write(`${isMidLine ? '\n' : ''}${text}\n`);
    isMidLine = false;
  }

  return {
    heading: (text) => print(`\n${paint('bold', text)}`),
    line: (text) => print(`  ${text}`),
    passOn(text) {
      const bar = paint('dim', '  | ');
      const barred = text.replace(/\n(?=.)/gs, `\n${bar}`);
      stream.write(isMidLine ? barred : `${bar}${barred}`);
      isMidLine = !text.endsWith('\n');
    },
    proof({ holds, claim, details = [] }) {
      print(`  ${holds ? paint('green', 'ok  ') : paint('red', 'NOT ')} ${claim}`);
      for (const detail of details) print(`       ${paint('dim', detail)}`);
    },
  };
}
