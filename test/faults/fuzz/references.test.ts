import assert from 'node:assert/strict';
import fc from 'fast-check';
import { printReference } from '../../../src/references/print-reference.ts';
import { isReference, parseReference } from '../../../src/references/reference.ts';
import { readSecretKey } from '../../../src/references/secret-object.ts';
import { fuzz, orRefused } from './fuzz.ts';

const grammar = fc.string({ unit: fc.constantFrom(...'azAZ09%/25E9+?&=#;@:[]{}. é日\0\n-_'), maxLength: 80 });
const anyText = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), grammar);

fuzz(
  'a reference of any text is read or refused',
  4000,
  anyText.map((text) => `{vault://${text}}`),
  (text) => {
    const parsed = orRefused(() => parseReference(text));
    if (parsed !== undefined) assert.ok(isReference(text) && parsed.vaultPrefix !== '');
    assert.equal(typeof printReference(text), 'string');
  },
);

const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => !text.includes('\0'));
const reference = fc.record({
  vaultPrefix: fc.stringMatching(/^[a-z][a-z0-9-]{0,15}$/),
  path: fc.array(word, { minLength: 1, maxLength: 4 }),
  secretKey: word,
  version: fc.nat({ max: 9999 }),
});
const twice = (text: string): string => encodeURIComponent(encodeURIComponent(text));

fuzz('a reference that was written is read as what it was', 2000, reference, (given) => {
  const path = [...given.path, given.secretKey].map(twice).join('/');
  assert.deepEqual(parseReference(`{vault://${given.vaultPrefix}/${path}#${given.version}}`), {
    vaultPrefix: given.vaultPrefix,
    secretId: given.path.join('/'),
    secretKey: given.secretKey,
    version: String(given.version),
  });
});

const json = fc.string({ unit: fc.constantFrom(...'{}[]:,"\\u0dk18eEx+-. \ntrunalfsNI\0é'), maxLength: 80 });
const secret = fc.oneof(
  json,
  fc.json(),
  fc.string({ unit: 'binary' }),
  json.map((text) => `{"k":${text}}`),
);

fuzz('a secret of any text is read or refused, by any key', 4000, fc.tuple(secret, fc.string()), ([text, key]) => {
  const value = orRefused(() => readSecretKey(text, key));
  assert.ok(value === undefined || typeof value === 'string');
});

const object = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }));

fuzz('a key of an object that was written is read as what it was', 2000, object, (given) => {
  for (const [key, value] of Object.entries(given)) {
    if (value !== '\0') assert.equal(readSecretKey(JSON.stringify(given), key), value);
  }
});
