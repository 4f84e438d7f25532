import type { Span, Style } from './styled-lines.ts';

const SIZE = 13;
const LINE = 19;
const CHARACTER = 7.83;
const MARGIN = 18;
const WIDEST = 132;

/** A picture of a terminal with these lines: SVG, for a page that shows no colours in its text. The title is for who cannot see it. */
export function drawTerminal(title: string, lines: readonly (readonly Span[])[]): string {
  const shown = lines.flatMap(wrap);
  const columns = Math.max(...shown.map((spans) => lengthOf(spans)));
  const width = Math.ceil(columns * CHARACTER + 2 * MARGIN);
  const height = shown.length * LINE + 2 * MARGIN;
  const rows = shown.map((spans, index) => drawLine(spans, MARGIN + SIZE + index * LINE));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${escapeXml(title)}</title>
<rect width="${width}" height="${height}" rx="8" fill="#1c2128"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="${SIZE}" fill="#cdd9e5">
${rows.join('\n')}
</g>
</svg>
`;
}

function drawLine(spans: readonly Span[], y: number): string {
  const parts = spans.map(({ text, style }) => `<tspan${attributesOf(style)}>${escapeXml(text)}</tspan>`);
  return `<text x="${MARGIN}" y="${y}" xml:space="preserve">${parts.join('')}</text>`;
}

function attributesOf({ colour, isBold, isDim }: Style): string {
  const weight = isBold === true ? ' font-weight="bold"' : '';
  return `${colour === undefined ? '' : ` fill="${colour}"`}${weight}${isDim === true ? ' opacity="0.65"' : ''}`;
}

/** A line that is longer than a terminal goes on below, as in a terminal. */
function wrap(spans: readonly Span[]): Span[][] {
  const rows: Span[][] = [[]];
  for (const span of spans) {
    let { text } = span;
    while (text !== '') {
      const room = WIDEST - lengthOf(rows.at(-1) ?? []);
      if (room <= 0) rows.push([]);
      else {
        rows.at(-1)?.push({ ...span, text: text.slice(0, room) });
        text = text.slice(room);
      }
    }
  }
  return rows;
}

function lengthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { text }) => sum + text.length, 0);
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
