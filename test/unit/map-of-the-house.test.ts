import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

const root = new URL('../../', import.meta.url);
const rows = readFileSync(new URL('CONTRIBUTING.md', root), 'utf8').matchAll(/^\| (.+\?) \| (.+) \|$/gm);
const questions = [...rows].map(([, question = '', answer = '']) => ({ question, answer }));

describe('the map of the house in CONTRIBUTING.md', () => {
  test('answers what a newcomer asks', () => {
    assert.ok(questions.length >= 12);
  });

  for (const { question, answer } of questions) {
    test(`names a file and what is declared in it: ${question}`, () => {
      const places = [...answer.matchAll(/`([a-z-]+\/[^`]+\.ts)`, `(\w+)`(?: and `(\w+)`)?/g)];
      assert.ok(places.length > 0, answer);
      for (const [, file = '', ...names] of places) {
        assert.ok(existsSync(new URL(file, root)), `${file} is not there`);
        const text = readFileSync(new URL(file, root), 'utf8');
        for (const name of names.filter((found) => found !== undefined)) {
          assert.match(
            text,
            new RegExp(`\\b(?:function|const|class|type) ${name}\\b|^ +(?:async )?${name}\\(`, 'm'),
            file,
          );
        }
      }
    });
  }
});
