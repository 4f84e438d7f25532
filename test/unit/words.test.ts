import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Turns that a reader has to read twice, and what to write. They are refused in all that somebody reads: the documents, the examples,
 * and the source, whose strings are the log, the errors, the hints and `--help`, and whose comments are for whoever changes it.
 */
const refused: readonly (readonly [turn: RegExp, instead: string])[] = [
  [
    /\b(?:is|are|was|were) (?:not )?told (?:from|of)\b|\btold from\b|\bcan(?:not)? be told\b/,
    'differs from; is said; is known',
  ],
  [/\bmakes? (?:one|two) of (?:it|them)\b/, 'turns it into'],
  [/\b(?:afresh|anew)\b/, 'again'],
  [/\bby the image's own\b/, "with the image's"],
  [/\bfiles to take\b/i, 'ready-made files'],
  [/\bstands? twice\b/, 'is set twice'],
  [/\bto have a certain\b/i, 'to set a'],
  [/\bnot done waiting\b/, 'still waiting'],
  [/\blikewise\b/i, 'the same'],
  [/\bturns? it round\b/, 'reverses it'],
  [/\b(?:in|out)side of\b(?! which)/, 'inside, outside'],
  [/\bin clear\b(?! text)/, 'in clear text'],
  [/(?<!\bthere )\bis no (?!longer\b|more\b|less\b|such\b|reason\b|need\b|one\b)(?=\w)/i, 'is not a'],
  [/\b0 is not at all\b/, '0 means no'],
  [/\b(?:mend(?:s|ed|ing)?|cure[sd]?)\b/, 'repair'],
  [/\bsome \d/, 'about'],
  [/\bbelongs? into\b/, 'belongs in'],
  [/\bwhat answers as\b/, 'another server answers in place of'],
  [/\b(?:break|broke|breaks) (?:the|its) connection off\b/, 'close the connection'],
  [/\bbesides(?=[.,;:|]| \||$)/m, 'as well'],
  [/\bwill bite\b/i, 'warnings'],
  [/\bgave it out\b/, 'issued it'],
  [/\b(?:is|are|was) passed over\b/, 'is skipped'],
  [/\bof no effect\b/, 'has no effect'],
  [/\ball the same\b(?! (?:name|way|size|length))/i, 'anyway, still'],
  [/\bto begin with\b/i, 'at first'],
  [/\basks nobody\b/, 'contacts nothing'],
  [/\bof which code\b/, 'whose code'],
  [/\bas by Kong\b/, 'as Kong does'],
  [/\bhow long is waited\b|\bwas waited for\b/, 'how long to wait'],
  [/\btakes? (?:it|this|that|them|everything|something) for\b/, 'treats it as'],
  [/\bnobody has to come\b/i, 'no operator is needed'],
];

describe('no reader has to read twice', () => {
  const pages = ['*.md', 'docs/**/*.md', 'examples/**/*.{md,yaml,json}', 'compose*.yaml', 'Dockerfile', 'src/**/*.ts'];
  for (const file of globSync(pages, { cwd: root }).toSorted()) {
    test(file, () => {
      assert.deepEqual(foundIn(readFileSync(join(root, file), 'utf8')), []);
    });
  }

  test('what the list refuses is found, also at the end of a line', () => {
    assert.deepEqual(foundIn('one\nA file is told from\n a folder.'), [
      '2: "is told from", write: differs from; is said; is known',
    ]);
  });
});

/** Each refused turn of the text, with its line. A turn may go on in the next line, and in the next line of a comment. */
function foundIn(text: string): string[] {
  const flat = text.replace(/\n(?: *\*(?!\/))? */g, (lineBreak) => ` ${'\0'.repeat(lineBreak.length - 1)}`);
  return refused.flatMap(([turn, instead]) => {
    const all = new RegExp(turn.source.replaceAll(' ', ' \0*'), `${turn.flags}g`);
    return [...flat.matchAll(all)].map(({ 0: found, index }) => {
      const line = text.slice(0, index).split('\n').length;
      return `${line}: ${JSON.stringify(found.replaceAll('\0', ''))}, write: ${instead}`;
    });
  });
}
