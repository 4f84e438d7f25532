import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type HeldOutput, holdOutput } from '../../src/handover/held-output.ts';
import { createLog } from '../../src/log.ts';
import { createMask } from '../../src/process/mask.ts';
import { limitOf } from '../../src/process/processors.ts';
import { Secret } from '../../src/secret.ts';

const VALUE = 'correct horse battery staple';
const mask = createMask([new Secret(VALUE)]);

function hold(): { readonly output: HeldOutput; readonly written: string[]; readonly logged: string[] } {
  const written: string[] = [];
  const logged: string[] = [];
  const log = createLog({ level: 'info', format: 'text', write: (line) => void logged.push(line), now: Date.now });
  return {
    output: holdOutput({ log, write: (stream, text) => void written.push(`${stream}: ${text}`) }),
    written,
    logged,
  };
}

describe('the output of a child whose secrets are not known yet', () => {
  test('is held, and passed on without them, each stream in its order, when they are', () => {
    const { output, written } = hold();
    output.take('stdout', `a ${VALUE}\n`, `a ${VALUE}\n`);
    output.take('stderr', 'b\n', 'b\n');
    assert.deepEqual(written, []);
    output.release(mask);
    output.take('stdout', 'c [secret]\n', `c ${VALUE}\n`);
    assert.deepEqual(written, ['stdout: a [secret]\n', 'stderr: b\n', 'stdout: c [secret]\n']);
  });

  test('is masked by the child’s own mask from then on', () => {
    const { output } = hold();
    assert.equal(output.mask.apply(VALUE), VALUE);
    output.release(mask);
    assert.equal(output.mask.apply(VALUE), '[secret]');
    assert.equal(output.mask.safeLength(VALUE.slice(0, 10)), mask.safeLength(VALUE.slice(0, 10)));
  });

  test('is held in bounded memory, and a line tells how much was left out', () => {
    const { output, written, logged } = hold();
    const part = `${'x'.repeat(1023)}\n`;
    for (let count = 0; count < 1030; count += 1) output.take('stdout', part, part);
    output.release(mask);
    assert.equal(written.length, 1024);
    assert.deepEqual(logged, [
      'kong-entrypoint: warn: left out the first 6144 bytes of what a command printed, and kept the rest\n',
    ]);
  });
});

test('the processors that a container may use are read as the kernel writes them', () => {
  const rows = [
    ['max 100000\n', Number.POSITIVE_INFINITY],
    ['200000 100000\n', 2],
    ['50000 100000\n', 0.5],
    ['', Number.POSITIVE_INFINITY],
  ] as const;
  for (const [text, processors] of rows) assert.equal(limitOf(text), processors, text);
});
