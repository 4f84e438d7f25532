import { availableParallelism } from 'node:os';
import type { Contender } from './contenders.ts';
import type { Times } from './measure.ts';
import { ratio, type Summary, summarize } from './statistics.ts';

export type Sizes = { readonly binary: number; readonly binaryGzip: number };

export type Report = {
  readonly rounds: number;
  readonly node: string;
  readonly architecture: string;
  readonly processors: number;
  readonly results: readonly {
    readonly name: string;
    readonly milliseconds: Summary;
    /** To the first of them. */
    readonly ratio: Summary;
  }[];
  readonly notMeasured: readonly string[];
  readonly sizes: Sizes;
};

export function createReport(times: Times, notMeasured: readonly string[], sizes: Sizes): Report {
  const [base = []] = times.values();
  const results = [...times].map(([{ name }, numbers]: readonly [Contender, readonly number[]]) => {
    return { name, milliseconds: summarize(numbers), ratio: ratio(numbers, base) };
  });
  return {
    rounds: base.length,
    node: process.versions.node,
    architecture: process.arch,
    processors: availableParallelism(),
    results,
    notMeasured,
    sizes,
  };
}

/** For a person: medians with the quarters around them, and ratios, which are what can be compared between machines. */
export function printReport({ results, notMeasured, sizes, rounds, processors }: Report): string {
  const width = Math.max(...results.map(({ name }) => name.length));
  const lines = results.map(({ name, milliseconds, ratio: relative }) => {
    const { median, lower, upper } = milliseconds;
    const spread = `(${lower.toFixed(0)} to ${upper.toFixed(0)})`;
    return `${name.padEnd(width)}  ${median.toFixed(0).padStart(6)} ms ${spread.padEnd(15)} ${relative.median.toFixed(2).padStart(6)}`;
  });
  return [
    `${rounds} interleaved rounds on ${processors} processors; median, middle half, ratio to the first line`,
    'The stand-in of Kong is quicker than Kong: where one is asked, a real one takes a second or two more.',
    '',
    ...lines,
    ...notMeasured.map((text) => `not measured: ${text}`),
    '',
    `size of the binary: ${megabytes(sizes.binary)}, with gzip ${megabytes(sizes.binaryGzip)}`,
    '',
  ].join('\n');
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
