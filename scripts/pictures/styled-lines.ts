/** Text with what a terminal is asked to do to it. */
export type Span = { readonly text: string; readonly style: Style };
export type Style = { readonly colour?: string; readonly isBold?: boolean; readonly isDim?: boolean };

const colours: Readonly<Partial<Record<number, string>>> = {
  31: '#f47067',
  32: '#57ab5a',
  33: '#daaa3f',
  36: '#39c5cf',
};

/** What was printed for a terminal, line by line; of its commands only colours, bold and dim are known, and the others left out. */
export function readStyledLines(printed: string): readonly (readonly Span[])[] {
  return printed
    .replaceAll('\r\n', '\n')
    .trimEnd()
    .split('\n')
    .map((line) => readLine(line));
}

function readLine(line: string): Span[] {
  let style: Style = {};
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this is how a terminal is told
  return line.split(/(\u001b\[[\d;?]*[A-Za-z])/).flatMap((part) => {
    if (!part.startsWith('\u001b')) return part === '' ? [] : [{ text: part, style }];
    if (part.endsWith('m')) style = part.slice(2, -1).split(';').reduce(restyle, style);
    return [];
  });
}

const changes: Readonly<Partial<Record<number, (style: Style) => Style>>> = {
  0: () => ({}),
  1: (style) => ({ ...style, isBold: true }),
  2: (style) => ({ ...style, isDim: true }),
  22: ({ isBold: _bold, isDim: _dim, ...style }) => style,
  39: ({ colour: _colour, ...style }) => style,
};

function restyle(style: Style, code: string): Style {
  const colour = colours[Number(code)];
  return colour === undefined ? (changes[Number(code)]?.(style) ?? style) : { ...style, colour };
}
