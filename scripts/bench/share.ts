import type { Contender } from './contender.ts';
import { runAloud } from './measure.ts';
import { type Summary, summarize } from './statistics.ts';

/** What a start did by itself: its time less that in which it had nothing to do but wait for answers of vault, database and Kong. */
export function ownShare(contender: Contender, rounds: number): Summary {
  const [program, ...args] = contender.words;
  const aloud: Contender = { ...contender, words: [program, '--log-level', 'debug', ...args] };
  const shares: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const { output } = runAloud(aloud);
    const [, idle, total] = /for ([\d.]+) of ([\d.]+) ms this process had nothing to do/.exec(output) ?? [];
    if (idle === undefined || total === undefined) throw new Error(`no line about the time spent waiting: ${output}`);
    shares.push(Number(total) - Number(idle));
  }
  return summarize(shares);
}
