import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
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

describe('a link of a document', () => {
  const files = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md', 'test/world/*.md'], { cwd: root });

  test('leads to a file that is there, and to a heading that it has', () => {
    const broken = files.flatMap((file) => linksIn(file).filter((link) => !leadsSomewhere(file, link)));
    assert.ok(files.length > 20);
    assert.deepEqual(broken, []);
  });

  test('leads to each decision, and to each page of docs', () => {
    const linked = new Set(files.flatMap((file) => linksIn(file).map((link) => join(dirname(file), pathOf(link)))));
    const pages = files.filter((file) => file.startsWith('docs/'));
    const index = (page: string): string => page.replace(/\/README\.md$/, '');
    assert.deepEqual(
      pages.filter((page) => !linked.has(page) && !linked.has(index(page))),
      [],
    );
  });

  function linksIn(file: string): string[] {
    const text = readFileSync(join(root, file), 'utf8').replace(/^```.*?^```$/gms, '');
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    return links.filter((link) => !/^https?:/.test(link));
  }

  function pathOf(link: string): string {
    return link.replace(/#.*/, '');
  }

  function leadsSomewhere(file: string, link: string): boolean {
    const target = link.startsWith('#') ? join(root, file) : join(root, dirname(file), pathOf(link));
    const heading = /#(.+)$/.exec(link)?.[1];
    if (!existsSync(target)) return false;
    return heading === undefined || headingsOf(target).includes(heading);
  }

  function headingsOf(path: string): string[] {
    const headings = [...readFileSync(path, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
    return headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    );
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
    assert.deepEqual(unused, ['70'], 'what is not an error of ours is a bug');
  });
});
