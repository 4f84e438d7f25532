import { describe, test } from 'node:test';

/* Rows of every kind that the two parts of the tests share: test/unit/parts.test.ts counts them. */
for (const program of ['the binary', 'the bundle']) {
  test(`by ${program}`, () => undefined);
  describe(`what ${program} does`, () => {
    describe('further in', () => {
      test('inside', () => undefined);
    });
  });
}
describe('on', () => {
  for (const version of [18, 12]) describe(`PostgreSQL ${version}`, () => void test('a server', () => undefined));
  test('at length', () => undefined);
  test('alone', () => undefined);
});
