import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { EntrypointError, SecretContentError } from '../../src/errors.ts';
import { readSecretKey, type SecretObject } from '../../src/references/secret-object.ts';
import { isJsonObject, parseJson } from '../../src/vaults/json.ts';
import { readOracle } from '../fixtures/oracle.ts';

type Case = {
  readonly secret: string;
  readonly secretKey: string | null;
  readonly value?: string;
  readonly error?: string;
};

const cases = readOracle<Case>('json-subkeys.jsonl');

function answer(secret: string | SecretObject, secretKey: string | null): Pick<Case, 'value' | 'error'> {
  try {
    return { value: readSecretKey(secret, secretKey) };
  } catch (error) {
    assert.ok(error instanceof SecretContentError);
    return { error: withoutSyntax(error.kongMessage) };
  }
}

/** What a vault that sent this JSON would be read as. None sends an unpaired surrogate, which `JSON.stringify` writes as an escape. */
function objectFrom(text: string): SecretObject | undefined {
  const parsed = parseJson(text);
  return isJsonObject(parsed) && !/\\ud[89a-f]/.test(JSON.stringify(parsed)) ? parsed : undefined;
}

function withoutSyntax(error: string | undefined): string {
  return (error ?? '').replace(/json decode value \(nil\): .*/s, 'json decode value (nil)');
}

function refusal(secret: string | SecretObject, secretKey: string): SecretContentError {
  try {
    readSecretKey(secret, secretKey);
  } catch (error) {
    if (error instanceof SecretContentError) return error;
  }
  throw new Error('not refused');
}

describe('readSecretKey', () => {
  it(`answers as Kong does in all ${cases.length} recorded cases`, () => {
    assert.equal(cases.length, 800);
    for (const { secret, secretKey, ...recorded } of cases) {
      const expected = recorded.error === undefined ? recorded : { error: withoutSyntax(recorded.error) };
      assert.deepStrictEqual(answer(secret, secretKey), expected, `${secretKey} of ${secret}`);
    }
  });

  it('answers for an object of a vault as for its text', () => {
    const objects = cases.flatMap(({ secret, secretKey }) => {
      const object = objectFrom(secret);
      return object === undefined || secretKey === null ? [] : [{ secret, secretKey, object }];
    });
    assert.ok(objects.length > 300, `${objects.length}`);
    for (const { secret, secretKey, object } of objects) {
      assert.deepStrictEqual(answer(object, secretKey), answer(secret, secretKey), `${secretKey} of ${secret}`);
    }
    assert.equal(readSecretKey({ k: 'v', n: [1] }, null), '{"k":"v","n":[1]}');
    assert.match(refusal({ k: '\ud83d' }, 'k').message, /^the secret is not a JSON object/);
  });

  const deep = (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)},"k":"v"}`;
  for (const [title, secret] of [
    [
      'numbers that only C reads',
      '{"a":[NaN,-nan,nan(x_1),Infinity,-inf,01,-0x.8p1,0x1F,1.,-.5,+1,+.5,1e400],"k":"v"}',
    ],
    ['every kind of white space', '\t\r\n {"k" \t:\n"v"\r}\n '],
    ['raw control characters in a string', '{"a":"\u0001\n\u007f","k":"v"}'],
    ['a pair of surrogates', '{"a":"\\uD83D\\uDE00","k":"v"}'],
    ['every escape', '{"a":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041","k":"v"}'],
    ['the last of equal keys', '{"k":1,"k":"w","k":"v"}'],
    ['an escaped key', '{"\\u006b":"v"}'],
    ['whatever follows a NUL', '{"k":"v"}\0 anything'],
    ['1000 levels', deep(1000)],
    ['a key named __proto__', '{"__proto__":{"k":"w"},"k":"v"}'],
  ] as const) {
    it(`takes ${title}`, () => assert.equal(readSecretKey(secret, 'k'), 'v'));
  }

  for (const [title, secret] of [
    ['an unpaired high surrogate', '{"a":"\\ud83dx","k":"v"}'],
    ['an unpaired low surrogate', '{"a":"\\ude00","k":"v"}'],
    ['a high surrogate before another letter', '{"a":"\\ud83d\\u0041","k":"v"}'],
    ['an unknown escape', '{"a":"\\x41","k":"v"}'],
    ['an escape in upper case', '{"a":"\\N","k":"v"}'],
    ['a \\U in upper case', '{"a":"\\U0041","k":"v"}'],
    ['a short unicode escape', '{"a":"\\u41","k":"v"}'],
    ['a number that begins with a point', '{"a":.5,"k":"v"}'],
    ['a number that is only a sign', '{"a":-,"k":"v"}'],
    ['an exponent without digits', '{"a":1e,"k":"v"}'],
    ['0x without digits', '{"a":0x,"k":"v"}'],
    ['words in another case', '{"a":True,"k":"v"}'],
    ['a comma before the end of an object', '{"k":"v",}'],
    ['a comma before the end of an array', '{"a":[1,],"k":"v"}'],
    ['two values without a comma', '{"a":1"k":"v"}'],
    ['a second document', '{"k":"v"}{}'],
    ['a byte order mark', '\ufeff{"k":"v"}'],
    ['a no-break space', '\u00a0{"k":"v"}'],
    ['a form feed between tokens', '{"k":\f"v"}'],
    ['a NUL in a string', '{"k":"v\0"}'],
    ['UTF-16', '{\0"\0k\0"\0'],
    ['single quotes', "{'k':'v'}"],
    ['a comment', '/**/{"k":"v"}'],
    ['1001 levels', deep(1001)],
    ['no text at all', ''],
    ['a whole that is a string', '"v"'],
    ['a whole that is an array', '["k","v"]'],
  ] as const) {
    it(`refuses ${title}`, () => {
      assert.equal(refusal(secret, 'k').message, 'the secret is not a JSON object, so it has no secret key "k"');
    });
  }

  it('returns the whole secret, verbatim, where no key is asked for', () => {
    for (const none of [null, undefined]) assert.equal(readSecretKey(' {"k":1} \n', none), ' {"k":1} \n');
  });

  it('names the keys that there are, for one that is not', () => {
    const error = refusal('{"pg_user":"hunter2","pg_password":"hunter3"}', 'pg_pasword');
    assert.equal(error.message, 'secret key "pg_pasword" not found');
    assert.equal(error.hint, 'the secret has the keys pg_password, pg_user');
    assert.equal(error.exitCode, 65);
  });

  it('names one key, no key, and ten of many', () => {
    assert.equal(refusal('{"a":"v"}', 'k').hint, 'the secret has the key a');
    assert.equal(refusal('{}', 'k').hint, 'the secret has no keys');
    const many = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [String.fromCharCode(97 + index), '']));
    assert.equal(
      refusal(JSON.stringify(many), 'z').hint,
      'the secret has the keys a, b, c, d, e, f, g, h, i, j and 2 more',
    );
  });

  it('prints keys without their control characters', () => {
    assert.equal(refusal('{"a\\n\\u001b[31m":"v"}', 'k\n').message, 'secret key "k\\x0a" not found');
    assert.equal(refusal('{"a\\n\\u001b[31m":"v"}', 'k').hint, 'the secret has the key a\\x0a\\x1b[31m');
  });

  for (const [value, type] of [
    ['5432', 'a number'],
    ['NaN', 'a number'],
    ['true', 'a boolean'],
    ['null', 'null'],
    ['[]', 'an array'],
    ['{}', 'an object'],
  ] as const) {
    it(`says that ${value} is ${type}`, () => {
      const error = refusal(`{"port":${value}}`, 'port');
      assert.equal(error.message, `the value of secret key "port" is ${type}, and Kong takes only strings`);
    });
  }

  it('prints nothing of any value', () => {
    for (const secret of [
      'hunter2',
      '"hunter2"',
      '{"k":"hunter2"',
      '{"j":"hunter2"}',
      '["hunter2"]',
      '{"k":["hunter2"]}',
    ]) {
      const { message, hint, cause } = refusal(secret, 'k');
      assert.doesNotMatch(`${message} ${hint} ${cause}`, /hunter2/);
    }
  });

  it('throws nothing but its own errors, whatever the secret', () => {
    const json = fc.string({ unit: fc.constantFrom(...'{}[]:,"\\u0dk18eEx+-. \ntrunalfsNI\0é'), maxLength: 60 });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          json,
          fc.json(),
          json.map((text) => `{"k":${text}}`),
        ),
        fc.string(),
        (secret, key) => {
          try {
            assert.equal(typeof readSecretKey(secret, key), 'string');
          } catch (error) {
            assert.ok(error instanceof EntrypointError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('reads from an object that JSON.stringify wrote what was put there', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })), (object) => {
        for (const [key, value] of Object.entries(object)) {
          if (value !== '\0') assert.equal(readSecretKey(JSON.stringify(object), key), value);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
