import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { provedElsewhere } from '../faults/proved-elsewhere.ts';

const root = new URL('../../', import.meta.url);

describe('a fault whose proof the table takes from another suite', () => {
  for (const { what, file, test } of provedElsewhere) {
    it(`is proved there: ${what}`, () => {
      assert.ok(readFileSync(new URL(file, root), 'utf8').includes(test), `${file} has no test "${test}"`);
    });
  }
});
