import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type ListedError, listErrors } from '../../../scripts/docs/error-list.ts';
import { isHole, patternOf, printText } from '../../../scripts/docs/text.ts';
import { textsInTests } from './texts-in-tests.ts';

const root = resolve(fileURLToPath(new URL('../../../', import.meta.url)));
const own = listErrors(root).filter(({ message }) => !isHole(message));
const pages = [...textsInTests(root)].map(([, texts]) => texts.join('\n'));

/** Sentence and hint in the texts of one test file; where both are in one text, the hint is behind a bar or in the next line. */
function isTested({ message, hint }: ListedError): boolean {
  const [sentence, todo] = [new RegExp(patternOf(message)), new RegExp(patternOf(hint))];
  return pages.some((page) => sentence.test(page) && todo.test(page));
}

test('every error of the code is in a test, with its sentence and its hint', () => {
  const without = own.filter((error) => !isTested(error));
  assert.deepEqual(
    without.map(({ file, message, hint }) => `${file}: ${printText(message)} | ${printText(hint)}`),
    [],
  );
});
