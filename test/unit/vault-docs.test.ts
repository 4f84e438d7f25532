import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findBackend } from '../../src/vaults/backends.ts';
import { authMethods } from '../../src/vaults/hcv/auth-methods.ts';
import { hcvBackend } from '../../src/vaults/hcv/options.ts';
import { settingsFrom } from '../world/settings.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const docs = join(root, 'docs/vaults');
const source = globSync('src/**/*.ts', { cwd: root })
  .map((file) => readFileSync(join(root, file), 'utf8'))
  .join('\n');

/** The rows of the table under a heading, each as its cells. */
function tableUnder(heading: string, text: string): string[][] {
  const section = text.split(/^## /m).find((part) => part.startsWith(heading)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| ') && !/^\| (option|it says)\b/.test(line));
  return rows.map((line) =>
    line
      .split('|')
      .map((cell) => cell.trim())
      .slice(1, -1),
  );
}

function quoted(cell = ''): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
}

function pageOf(name: string): string {
  return readFileSync(join(docs, `${name}.md`), 'utf8');
}

/** Every part of a sentence but what stands for something else, written `...`, and what leads to it. */
function assertIsSaid(sentence: string): void {
  for (const part of sentence.split('...')) {
    const text = part
      .trim()
      .replace(/^"|"$/g, '')
      .replace(/^(this )?is (?=a |text )/, '')
      .trim();
    if (text.length > 3) assert(source.includes(text), `nothing says "${text}"`);
  }
}

for (const name of ['env', 'aws', 'fs', 'conjur']) {
  describe(`the page of ${name}`, () => {
    const backend = findBackend(name, settingsFrom({ environment: {} }));
    const rows = tableUnder('Options', pageOf(name));

    test('has every option, its variable and its default, and no other', () => {
      const times = name === 'env' ? [] : ['ttl', 'neg_ttl', 'resurrect_ttl'];
      const options = [...backend.options.map((option) => option.name), 'base64_decode', ...times];
      assert.deepEqual(
        rows.flatMap(([option]) => quoted(option)),
        options,
      );
      for (const [option, variable, , fallback] of rows) {
        const [first = ''] = quoted(option);
        assert.equal(quoted(variable)[0], `KONG_VAULT_${name}_${first}`.toUpperCase());
        const given = backend.options.find((one) => one.name === first)?.default;
        if (given !== undefined) assert.equal(fallback, `\`${given}\``);
      }
    });

    test('has the headings that every page has', () => {
      const headings = [...pageOf(name).matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
      assert.deepEqual(headings, [
        'A working example',
        'Options',
        'How it authenticates',
        'The smallest permissions',
        'Errors, and what to do',
      ]);
    });

    test('quotes sentences that the program says', () => {
      const sentences = tableUnder('Errors', pageOf(name)).flatMap(([says]) => quoted(says));
      assert(sentences.length > 1);
      for (const sentence of sentences) if (!sentence.startsWith('KONG_')) assertIsSaid(sentence);
    });
  });
}

describe('the page of hcv', () => {
  const page = pageOf('hcv');

  test('has every option, and no other', () => {
    const times = ['base64_decode', 'ttl', 'neg_ttl', 'resurrect_ttl'];
    assert.deepEqual(
      tableUnder('Options', page)
        .flatMap(([options]) => quoted(options))
        .toSorted(),
      [...hcvBackend.options.map(({ name }) => name), ...times].toSorted(),
    );
  });

  test('tells what each way to log in sends, and its tests are those of a page of tests', () => {
    const methods = ['token', ...Object.keys(authMethods)].toSorted();
    const rows = tableUnder('How it authenticates', page).flatMap(([method]) => quoted(method));
    assert.deepEqual(rows.filter((row) => !row.startsWith('auth_method')).toSorted(), methods);
    const tests = globSync('test/integration/hcv-*.test.ts', { cwd: root }).map((file) =>
      readFileSync(join(root, file), 'utf8'),
    );
    const untested = methods.filter((method) => !tests.some((text) => text.includes(`AUTH_METHOD: '${method}'`)));
    assert.deepEqual(untested, ['token']);
  });
});

describe('the index', () => {
  const index = pageOf('README');

  test('quotes sentences that the program says', () => {
    const tables = [...tableUnder('What a value must be', index), ...tableUnder('What is refused', index)];
    const sentences = tables.flatMap(([says]) => quoted(says));
    assert(sentences.length > 10);
    for (const sentence of sentences) assertIsSaid(sentence);
  });
});
