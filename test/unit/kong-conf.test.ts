import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { EntrypointError, SettingError } from '../../src/errors.ts';
import { parseKongConf } from '../../src/settings/kong-conf.ts';

describe('parseKongConf', () => {
  for (const [title, text, settings] of [
    ['a setting', 'pg_host = db', { pg_host: 'db' }],
    ['white space around key and value', '\t pg_host\t=\t db \t', { pg_host: 'db' }],
    ['carriage returns', 'pg_host=db\r\npg_user=u\r\n', { pg_host: 'db', pg_user: 'u' }],
    ['the first = as the divider', 'pg_host=a=b', { pg_host: 'a=b' }],
    ['the last of equal keys', 'pg_host=a\npg_host=b', { pg_host: 'b' }],
    ['an empty value', 'pg_host=\npg_user = # none', { pg_host: '', pg_user: '' }],
    ['a comment after a value', 'pg_host = db # here', { pg_host: 'db' }],
    ['a comment without a space before it', 'pg_host=db#here', { pg_host: 'db' }],
    ['an escaped #', 'pg_password=a\\#b\\##c', { pg_password: 'a#b#' }],
    ['two backslashes before a #', 'pg_password=a\\\\#b', { pg_password: 'a\\#b' }],
    ['a reference with an escaped version', 'a={vault://aws/x\\#2}', { a: '{vault://aws/x#2}' }],
    ['comment lines of both kinds', '# a=1\n ; b=2\nc=x', { c: 'x' }],
    ['nothing on a line without =', 'pg_host\npg_user: u\n', {}],
    ['quotes as they are', 'a="x"\nb=\'y\'', { a: '"x"', b: "'y'" }],
    [
      'odd characters of a key as underscores',
      'pg-user=a\npg host=b\npg.é=c',
      { pg_user: 'a', pg_host: 'b', pg___: 'c' },
    ],
    ['keys in their own case', 'Pg_Host=db', { Pg_Host: 'db' }],
    ['no key', '=x', { '': 'x' }],
    [
      'numbers, rewritten',
      'a=0x10\nb=1e3\nc=0123\nd=-0\ne=+5\nf=12345678901234567890',
      {
        ...{ a: '16', b: '1000', c: '123', d: '-0', e: '5', f: '1.2345678901235e+19' },
      },
    ],
    ['a number with a comment as text', 'a=0x10 # c', { a: '0x10' }],
    ['a number that begins with a point as text', 'a=.50', { a: '.50' }],
    ['signed infinities and nothing else of their kind', 'a=-inf\nb=+nan\nc=inf', { a: '-inf', b: 'nan', c: 'inf' }],
    ['kB after a number', 'a=5 kB\nb=5x kB\nc=x kB', { a: '5', b: '5x', c: 'x kB' }],
    ['commas as they are', 'plugins = bundled, my-plugin', { plugins: 'bundled, my-plugin' }],
    ['a continued line', 'a=x\\\n  y\nb=z', { a: 'x  y', b: 'z' }],
    ['a continuation over blanks and comments', 'a=x\\ \n\n# no\ny', { a: 'xy' }],
    ['three lines in one', 'a=x\\\ny\\\nz', { a: 'xyz' }],
    ['a key from a continued line', 'a\\\nb=x', { ab: 'x' }],
    ['nothing of a continuation at the end', 'b=1x\na=x\\\n', { b: '1x' }],
    ['one backslash of two at the end of a line', 'a=x\\\\\ny', { a: 'x\\y' }],
    ['nothing after a section', 'a=x\n[s]\nb=y\n[t]\nc=z', { a: 'x' }],
    ['an indented bracket as no section', ' [s]\nb=y', { b: 'y' }],
    ['no-break spaces as text', 'a=\u00a0x\u00a0', { a: '\u00a0x\u00a0' }],
    ['an empty file', '', {}],
  ] as const) {
    it(`reads ${title}`, () => assert.deepStrictEqual(parseKongConf(text), settings));
  }

  it('reads a key that is named like a property of every object', () => {
    assert.deepEqual(Object.entries(parseKongConf('__proto__=x\nconstructor=y')), [
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
  });

  for (const text of ['[s', '[]', 'a=x\n[s]\n[']) {
    it(`refuses the section line of ${JSON.stringify(text)}, which stops Kong`, () => {
      assert.throws(() => parseKongConf(text), SettingError);
    });
  }

  it('reads a long line in no time', () => {
    const text = `a=${' '.repeat(200_000)}x${' '.repeat(200_000)}y${'\\#'.repeat(100_000)}\n${'\\ '.repeat(100_000)}`;
    const start = performance.now();
    parseKongConf(text);
    assert.ok(performance.now() - start < 1000);
  });

  it('throws nothing but its own errors, whatever the text', () => {
    const conf = fc.string({ unit: fc.constantFrom(...'ab_=#\\ \t\r\n[];0x1e.+-kBé\0'), maxLength: 80 });
    fc.assert(
      fc.property(fc.oneof(fc.string(), conf), (text) => {
        try {
          for (const value of Object.values(parseKongConf(text))) assert.equal(typeof value, 'string');
        } catch (error) {
          assert.ok(error instanceof EntrypointError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
