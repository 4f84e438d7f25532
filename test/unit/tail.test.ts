import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepTail } from '../../src/process/tail.ts';

test('the end of a text that comes in parts is kept, wherever the parts end', () => {
  const parts = ['ab', '', 'cde', 'f', 'ghijkl'];
  for (const characters of [1, 2, 5, 6, 7, 11, 12, 100]) {
    const tail = keepTail(characters);
    for (const part of parts) tail.add(part);
    assert.equal(tail.text(), parts.join('').slice(-characters));
  }
});
