import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A command that a document tells somebody to type. */
export type DocumentedCommand = { readonly file: string; readonly line: number; readonly text: string };

const pages = ['*.md', 'docs/**/*.md', 'examples/**/*.md'];
const fence = /^```(?:sh|bash|shell|console)\n(?<text>.*?)^```$/gms;

/** Every command in a fenced block of shell, in every document of the project. */
export function documentedCommands(root: string): readonly DocumentedCommand[] {
  return globSync(pages, { cwd: root })
    .toSorted()
    .flatMap((file) => {
      const page = readFileSync(join(root, file), 'utf8');
      return [...page.matchAll(fence)].flatMap(({ index, groups }) => {
        const line = page.slice(0, index).split('\n').length + 1;
        return commandsIn(groups?.['text'] ?? '').map((text) => ({ file, line, text }));
      });
    });
}

/** One command a line, but for lines that go on: after a backslash, after a pipe, up to the end of a loop or a here-document. */
function commandsIn(block: string): string[] {
  const whole = block
    .replace(/<<-?'?(?<end>\w+)'?\n.*?^\k<end>$/gms, '<<$<end>')
    .replace(/\\\n\s*/g, '')
    .replace(/\|\n\s*/g, '| ')
    .replace(/^for .*?^done$/gms, (loop) => loop.replaceAll('\n', ';'));
  return whole
    .split('\n')
    .map((line) =>
      line
        .replace(/^\$ /, '')
        .replace(/\s+# .*$|^#.*$/, '')
        .trim(),
    )
    .filter((line) => line !== '');
}
