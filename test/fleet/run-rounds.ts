import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { NODES, openField, type Round } from './rounds.ts';

/*
 * npm run fleet:rounds -- [--rounds 50] [--at-a-time 4] [--seed N]
 * Plays rounds of a fleet of which some vanish, and prints a table of them. Exits 1 where a round did not end as it has to.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '50' },
    'at-a-time': { type: 'string', default: '4' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
  },
});
const started = performance.now();
const seeds = Array.from({ length: Number(values.rounds) }, (_, index) => Number(values.seed) + index);
const left = [...seeds];
const rounds: Round[] = [];
const field = await openField();
process.stdout.write(
  `| Seed | ${NODES} nodes, vanished while | Handed over | Slowest | Bootstraps | Steps twice | Ready |\n|---|---|---|---|---|---|---|\n`,
);
await Promise.all(Array.from({ length: Number(values['at-a-time']) }, playSome));
await field.close();
const bad = rounds.filter((round) => !isRight(round));
const slowest = Math.max(...rounds.map((round) => round.slowest));
const minutes = (performance.now() - started) / 60_000;
process.stdout.write(
  `${rounds.length} rounds in ${minutes.toFixed(1)} min, ${bad.length} of them wrong; the slowest survivor took ${slowest.toFixed(1)} s\n`,
);
for (const { seed, failures } of bad) process.stdout.write(`\nseed ${seed}:\n${failures.join('\n')}\n`);
process.exitCode = bad.length === 0 ? 0 : 1;

async function playSome(): Promise<void> {
  for (let seed = left.shift(); seed !== undefined; seed = left.shift()) {
    const round = await field.play(seed);
    rounds.push(round);
    process.stdout.write(`${printRow(round)}\n`);
  }
}

function printRow({ seed, vanished, handedOver, slowest, bootstraps, twice, isReady }: Round): string {
  const cells = [
    seed,
    vanished.join(', '),
    handedOver,
    `${slowest.toFixed(1)} s`,
    bootstraps,
    twice.length,
    isReady ? 'yes' : 'no',
  ];
  return `| ${cells.join(' | ')} |`;
}

/** Every survivor is handed over within three minutes, not counting the migrations themselves. */
function isRight({ vanished, handedOver, slowest, twice, isReady }: Round): boolean {
  return handedOver === NODES - vanished.length && slowest <= 190 && twice.length === 0 && isReady;
}
