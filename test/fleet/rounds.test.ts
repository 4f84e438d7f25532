import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { whySkipped } from './needed-parts.ts';
import { NODES, openField } from './rounds.ts';

const ROUNDS = 2;
/** Seconds within which every survivor hands over, and the bootstrap itself. */
const LONGEST = 180 + 10;

const title = `of ${NODES} nodes on one database 10 % vanish at random moments: the others hand over, and no step runs twice`;

test(title, { skip: whySkipped(['network namespaces']), timeout: 280_000 }, async (t) => {
  const seed = Number(process.env['SEED'] ?? randomInt(2 ** 31));
  t.diagnostic(`SEED=${seed}`);
  const field = await openField();
  t.after(() => field.close());
  const rounds = await Promise.all(Array.from({ length: ROUNDS }, (_, index) => field.play(seed + index)));
  for (const { vanished, slowest, handedOver, bootstraps, twice, isReady, failures } of rounds) {
    t.diagnostic(`vanished: ${vanished.join(', ')}; the slowest survivor took ${slowest.toFixed(1)} s`);
    assert.deepEqual(failures, []);
    assert.equal(handedOver, NODES - vanished.length);
    assert.deepEqual(twice, []);
    assert.ok(bootstraps <= vanished.length + 1, `${bootstraps} bootstraps`);
    assert.ok(isReady);
    assert.ok(slowest <= LONGEST, `${slowest} s`);
  }
});
