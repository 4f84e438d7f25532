import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { EntrypointError, SettingError } from '../../src/errors.ts';
import { printReference } from '../../src/references/print-reference.ts';
import { isReference, parseReference, type ReferenceDialect } from '../../src/references/reference.ts';
import { readOracle } from '../fixtures/oracle.ts';

type Answer = { readonly error?: string };
type Case = {
  readonly reference: string;
  readonly isReference: boolean;
  readonly expected: Answer;
  readonly expectedBefore38?: Answer;
};

const cases = readOracle<Case>('references.jsonl');

function answer(reference: string, dialect?: ReferenceDialect): unknown {
  try {
    return parseReference(reference, dialect);
  } catch (error) {
    assert.ok(error instanceof SettingError);
    return { error: error.kongMessage };
  }
}

function refusal(reference: string): SettingError {
  try {
    parseReference(reference);
  } catch (error) {
    if (error instanceof SettingError) return error;
  }
  throw new Error(`not refused: ${reference}`);
}

describe('parseReference', () => {
  it(`answers as Kong does in all ${cases.length} recorded cases`, () => {
    assert.equal(cases.length, 2999);
    for (const { reference, expected } of cases) assert.deepStrictEqual(answer(reference), expected, reference);
  });

  it(`answers as Kong before 3.8 does in all ${cases.length} recorded cases`, () => {
    for (const { reference, expected, expectedBefore38 } of cases) {
      assert.deepStrictEqual(answer(reference, { kongVersion: '3.7.1' }), expectedBefore38 ?? expected, reference);
    }
  });

  for (const [kongVersion, secretKey] of [
    ['2.8', 'k'],
    ['3.4.3.13', 'k'],
    ['3.7.1', 'k'],
    ['3.8', undefined],
    ['3.8.0.0', undefined],
    ['3.10.0.1', undefined],
    ['4.0', undefined],
    ['unknown', undefined],
    [undefined, undefined],
  ] as const) {
    it(`takes a slash at the end for ${secretKey === undefined ? 'no key' : 'nothing'} in Kong ${kongVersion}`, () => {
      assert.equal(parseReference('{vault://aws/a/k/}', { kongVersion }).secretKey, secretKey);
    });
  }

  for (const [authority, vaultPrefix] of [
    ['aws:443', 'aws'],
    ['a:b:443', 'a:b'],
    ['[a:b]', 'a:b'],
    ['[a:b]:443', 'a:b'],
    ['[]', '[]'],
    ['u:p@aws:', 'aws'],
    ['aws?x=1', 'aws?x=1'],
  ] as const) {
    it(`finds the vault ${vaultPrefix} in ${authority}`, () => {
      assert.equal(parseReference(`{vault://${authority}/a}`).vaultPrefix, vaultPrefix);
    });
  }

  it('reads no more than 100 options, as ngx.decode_args does', () => {
    const query = Array.from({ length: 120 }, (_, index) => `o${index}=1`).join('&');
    assert.equal(Object.keys(parseReference(`{vault://aws/a?${query}}`).options ?? {}).length, 100);
  });

  it('keeps an option that is named like a property of every object', () => {
    const { options } = parseReference('{vault://aws/a?__proto__=1&constructor=2}');
    assert.deepEqual(Object.entries(options ?? {}), [
      ['__proto__', '1'],
      ['constructor', '2'],
    ]);
  });

  it('joins the bytes of one letter across the two decodings', () => {
    assert.equal(parseReference('{vault://aws/%C3%25A9}').secretId, 'é');
  });

  it('puts a replacement character where the bytes are no UTF-8', () => {
    assert.equal(parseReference('{vault://aws/%E9}').secretId, '\ufffd');
  });

  it('says what is wrong in its own words, with a hint', () => {
    const error = refusal('{vault://aws/a#AWSPREVIOUS}');
    assert.equal(error.message, 'what follows the # is not a number in {vault://aws/a#AWSPREVIOUS}');
    assert.match(error.hint, /#2/);
    assert.equal(error.exitCode, 78);
  });

  it('says nothing of a text that is not a reference: it may be a password', () => {
    const error = refusal('hunter2');
    assert.equal(error.message, 'not a vault reference');
    assert.doesNotMatch(error.hint, /hunter2/);
  });

  it('shows no credential of a malformed reference', () => {
    const error = refusal('{vault://u:hunter2@hcv/a?token=hunter2#x}');
    assert.doesNotMatch(`${error.message} ${error.hint}`, /hunter2/);
  });

  it('throws nothing but its own errors, whatever the text', () => {
    const inner = fc.string({ unit: fc.constantFrom(...'az%/25E9+?&=#;@:[]{}. é日'), maxLength: 40 });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          inner,
          inner.map((text) => `{vault://${text}}`),
        ),
        (text) => {
          try {
            parseReference(text);
          } catch (error) {
            assert.ok(error instanceof EntrypointError);
            assert.match(error.kongMessage ?? '', /\[.*\]$/s);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('isReference', () => {
  it(`agrees with Kong in all ${cases.length} recorded cases`, () => {
    for (const { reference, isReference: expected } of cases) assert.equal(isReference(reference), expected, reference);
  });
});

describe('printReference', () => {
  for (const [reference, printed] of [
    ['{vault://aws/kong-gateway-database/pg_user}', '{vault://aws/kong-gateway-database/pg_user}'],
    ['{vault://aws/a?region=eu-west-1&ttl=60#2}', '{vault://aws/a?region=eu-west-1&ttl=60#2}'],
    ['{vault://user:pw@aws/a/k}', '{vault://***@aws/a/k}'],
    ['{vault://user:p@w@aws/a/k}', '{vault://***@aws/a/k}'],
    ['{vault://hcv/a?token=hvs.x&mount=kv#1}', '{vault://hcv/a?token=***&mount=kv#1}'],
    ['{vault://hcv/a?%74oken=hvs.x}', '{vault://hcv/a?%74oken=***}'],
    ['{vault://hcv/a?APPROLE_SECRET_ID=x=y;z?w}', '{vault://hcv/a?APPROLE_SECRET_ID=***}'],
    ['{vault://azure/a?client_secret=x#y}', '{vault://azure/a?client_secret=***#***}'],
    ['{vault://hcv/a#1?token=hvs.x}', '{vault://hcv/a#1?token=***}'],
    ['{vault://hcv?token=hvs.x/a}', '{vault://hcv?token=***/a}'],
    ['{vault://aws/a?endpoint_url=http://u:p@localhost}', '{vault://aws/a?endpoint_url=***}'],
    ['{vault://aws/a?endpoint_url=http%3A%2F%2Fu%3Ap%40localhost}', '{vault://aws/a?endpoint_url=***}'],
    ['hunter2', '[not a vault reference]'],
    [`{vault://aws/${'x'.repeat(400)}}`, `{vault://aws/${'x'.repeat(296)}...}`],
  ] as const) {
    it(`prints ${printed}`, () => assert.equal(printReference(reference), printed));
  }

  it('prints no value of a credential option, whatever the value', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9%;?=/.:@-]{1,30}$/), (value) => {
        const printed = printReference(`{vault://hcv/x?mount=y&token=${value}QQQ&kv=v2}`);
        assert.doesNotMatch(printed, /QQQ/);
      }),
      { numRuns: 2000 },
    );
  });
});
