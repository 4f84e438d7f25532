import { readFileSync } from 'node:fs';

/** The commands in the blocks of a page that are for a shell, one a line, and one that goes over several lines as one. */
export function readCommands(page: string): string[] {
  const blocks = [...readFileSync(page, 'utf8').matchAll(/^```sh\n(.*?)^```$/gms)];
  return blocks.flatMap(([, block = '']) => block.replaceAll('\\\n', '').trimEnd().split('\n'));
}
