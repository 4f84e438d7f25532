import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseLuaNumber, printLuaNumber, printShortestNumber } from '../../src/settings/lua-number.ts';

describe('parseLuaNumber', () => {
  for (const [text, number] of [
    ['5432', 5432],
    [' \t\n\v\f\r5432 \n', 5432],
    ['010', 10],
    ['+1', 1],
    ['-1', -1],
    ['-0', -0],
    ['.5', 0.5],
    ['5.', 5],
    ['1e3', 1000],
    ['1E-2', 0.01],
    ['1e+2', 100],
    ['1e400', Number.POSITIVE_INFINITY],
    ['1e1048575', Number.POSITIVE_INFINITY],
    ['9007199254740993', 9007199254740992],
    ['0x10', 16],
    ['0X1f', 31],
    ['-0x10', -16],
    ['0x.8', 0.5],
    ['0x1.8', 1.5],
    ['0x1p4', 16],
    ['0x1p-4', 0.0625],
    ['0x1p-1074', 5e-324],
    ['0x1p2000', Number.POSITIVE_INFINITY],
    ['0xffffffffffffffffff', 2 ** 72],
    ['0b101', 5],
    ['-0B1', -1],
    [`0b${'0'.repeat(80)}1`, 1],
    ['inf', Number.POSITIVE_INFINITY],
    ['-INF', Number.NEGATIVE_INFINITY],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['nan', Number.NaN],
    ['-NaN', Number.NaN],
  ] as const) {
    it(`reads ${JSON.stringify(text)} as ${number}`, () => assert.ok(Object.is(parseLuaNumber(text), number)));
  }

  for (const text of [
    ...[
      '',
      ' ',
      'on',
      '1 2',
      '- 1',
      '+-1',
      '1_000',
      '1,5',
      '0x',
      '0x.',
      '0xg',
      '0x1p',
      '1e',
      '1e+',
      'e1',
      '.',
      '0b',
      '0b2',
    ],
    ...[
      '0b1.',
      '0b1e1',
      `0b1${'0'.repeat(64)}`,
      '1p3',
      '1e1048576',
      'infin',
      'nan(1)',
      '1ULL',
      '1i',
      '\u0661',
      '1\u00a0',
    ],
    ...['\ufeff1', '0o17', '1n', '1\0'],
  ]) {
    it(`does not read ${JSON.stringify(text)}`, () => assert.equal(parseLuaNumber(text), undefined));
  }
});

describe('printLuaNumber', () => {
  for (const [number, text] of [
    [0, '0'],
    [-0, '-0'],
    [16, '16'],
    [-1.5, '-1.5'],
    [0.1, '0.1'],
    [100000, '100000'],
    [99999999999999, '99999999999999'],
    [100000000000000, '1e+14'],
    [Number('12345678901234567890'), '1.2345678901235e+19'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [1e100, '1e+100'],
    [1 / 3, '0.33333333333333'],
    [Number.POSITIVE_INFINITY, 'inf'],
    [Number.NEGATIVE_INFINITY, '-inf'],
    [Number.NaN, 'nan'],
  ] as const) {
    it(`prints ${number} as ${text}`, () => assert.equal(printLuaNumber(number), text));
  }

  it('prints what reads back to 14 digits', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true }).filter((number) => number !== 0),
        (number) => {
          const read = parseLuaNumber(printLuaNumber(number));
          assert.equal(read, Number.isFinite(number) ? Number(number.toPrecision(14)) : number);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('printShortestNumber', () => {
  for (const [number, text] of [
    [1, '1'],
    [-0, '-0'],
    [0.01, '0.01'],
    [9007199254740992, '9007199254740992'],
    [Number.POSITIVE_INFINITY, 'inf'],
    [Number.NaN, 'nan'],
  ] as const) {
    it(`prints ${number} as ${text}`, () => assert.equal(printShortestNumber(number), text));
  }
});
