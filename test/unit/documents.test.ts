import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { listErrors } from '../../scripts/docs/error-list.ts';
import { codesMissing, toldAgain } from '../../scripts/docs/error-page.ts';
import { exitCodes } from '../../scripts/docs/exit-codes.ts';
import { generatedPages } from '../../scripts/docs/pages.ts';
import { isHole, printText } from '../../scripts/docs/text.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const errors = listErrors(root);

describe('the documentation', () => {
  for (const [path, text] of generatedPages(root, errors)) {
    test(`of ${path} is as the code is; npm run docs makes it so`, () => {
      assert.equal(readFileSync(join(root, path), 'utf8'), text);
    });
  }
});

describe('docs/diagnostics.md', () => {
  const page = readFileSync(join(root, 'docs/diagnostics.md'), 'utf8');
  const golden = join(root, 'test/end-to-end/diagnostics/golden');

  test('names every field that --output json has', () => {
    const files = globSync('*.json.txt', { cwd: golden });
    const fields = new Set(files.flatMap((file) => fieldsOf(readFileSync(join(golden, file), 'utf8'))));
    assert.ok(fields.size > 25);
    assert.deepEqual(
      [...fields].filter((field) => !page.includes(`\`${field}\``)),
      [],
    );
  });

  function fieldsOf(text: string): string[] {
    return [...text.matchAll(/^ *"(\w+)":/gm)].map(([, field = '']) => field);
  }
});

describe('the list of errors', () => {
  test('has many, and each says what to do', () => {
    assert.ok(errors.length > 300);
    const without = errors.filter(({ message, hint }) => !isHole(message) && printText(hint).length < 10);
    assert.deepEqual(
      without.map(({ message }) => printText(message)),
      [],
    );
  });

  test('has the words of every one, but where one of another file is told again', () => {
    assert.deepEqual(toldAgain(errors), ['src/settings/connection-problems.ts']);
  });

  test('has the exit codes that the table of exit codes has', () => {
    assert.deepEqual(codesMissing(errors), []);
    const unused = exitCodes
      .map(({ code }) => code)
      .filter((code) => !errors.some(({ exitCode }) => exitCode === code));
    assert.deepEqual(unused, ['70'], 'what is no error of ours is a bug');
  });
});
