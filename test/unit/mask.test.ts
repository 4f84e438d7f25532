import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { createLineReader } from '../../src/process/lines.ts';
import { createMask } from '../../src/process/mask.ts';
import { revealSecret, Secret } from '../../src/secret.ts';

function readAll(chunks: readonly Buffer[], secrets: readonly string[]): { text: string; parts: string[] } {
  const mask = createMask(secrets.map((secret) => new Secret(secret)));
  const parts: string[] = [];
  const reader = createLineReader({
    mask: mask.apply,
    safeLength: mask.safeLength,
    onText: (text) => parts.push(text),
  });
  for (const chunk of chunks) reader.push(chunk);
  reader.end();
  return { text: Buffer.from(parts.join(''), 'latin1').toString('utf8'), parts };
}

test('a secret prints as [secret] wherever it is printed, and is revealed only by name', () => {
  const secret = new Secret('hunter2-hunter2');
  const printed = [`${secret}`, JSON.stringify({ secret }), inspect({ secret }), String(secret), `a${secret}b`];
  assert.ok(printed.every((text) => text.includes('[secret]') && !text.includes('hunter2')));
  assert.equal(revealSecret(secret), 'hunter2-hunter2');
});

const masked: readonly (readonly [name: string, secret: string, output: string, expected: string])[] = [
  ['as it is', 'pass word', 'password is pass word!\n', 'password is [secret]!\n'],
  ['as JSON writes it', 'a"b\\c', '{"pw":"a\\"b\\\\c"}\n', '{"pw":"[secret]"}\n'],
  ['as a URL writes it', 'p@ss/word', 'postgres://kong:p%40ss%2Fword@db\n', 'postgres://kong:[secret]@db\n'],
  ['line by line', 'first line\nsecond line', 'x first line\ny second line\n', 'x [secret]\ny [secret]\n'],
  ['with letters outside ASCII', 'pässwörd', 'is pässwörd.\n', 'is [secret].\n'],
  ['shorter than four characters: not masked, it would garble the rest', 'abc', 'abcdef\n', 'abcdef\n'],
];

for (const [name, secret, output, expected] of masked) {
  test(`output is masked: the value ${name}`, () => {
    assert.equal(readAll([Buffer.from(output)], [secret]).text, expected);
  });
}

test('no way of cutting the output into chunks lets a secret through, and nothing else is changed', () => {
  const secret = 'S3cret-Value-0123456789';
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constant(secret), fc.constant('\n'), fc.string())),
      fc.array(fc.nat(40)),
      (words, cuts) => {
        const bytes = Buffer.from(words.join(''));
        const chunks: Buffer[] = [];
        let at = 0;
        for (const cut of cuts) {
          chunks.push(bytes.subarray(at, at + cut));
          at += cut;
        }
        chunks.push(bytes.subarray(at));
        const { text } = readAll(chunks, [secret]);
        assert.equal(text, bytes.toString('utf8').replaceAll(secret, '[secret]'));
      },
    ),
    { numRuns: 300 },
  );
});

test('a line without an end is passed on in parts of bounded size, with no secret cut in two', () => {
  const secret = 'S3cret-Value-0123456789';
  const chunk = Buffer.from(`${'x'.repeat(997)}${secret}`);
  const { text, parts } = readAll(
    Array.from({ length: 300 }, () => chunk),
    [secret],
  );
  assert.ok(!text.includes('S3cret') && !text.includes('0123456789'));
  assert.ok(parts.length > 1 && parts.every((part) => part.length < 70_000));
});
