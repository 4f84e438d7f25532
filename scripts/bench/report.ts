import { availableParallelism } from 'node:os';
import type { GroupResult } from './measure.ts';
import type { Memory } from './memory.ts';
import type { Counts } from './processes.ts';
import type { Summary } from './statistics.ts';
import type { Target } from './targets.ts';

export type Sizes = { readonly bundle: number; readonly binary: number; readonly binaryGzip: number };

export type Report = {
  readonly rounds: number;
  readonly kong: 'real' | 'stand-in';
  readonly groups: readonly GroupResult[];
  readonly ownShare: Summary;
  readonly floors: Readonly<Record<string, Summary>>;
  readonly memory: Readonly<Record<string, Memory>>;
  readonly processes: Readonly<Record<string, Counts | null>>;
  readonly sizes: Sizes;
  readonly targets: readonly Target[];
};

/** The machine that a report is of. */
export const machine = {
  node: process.versions.node,
  architecture: process.arch,
  processors: availableParallelism(),
} as const;

/** For a person: medians with the quarters around them, and ratios, which are what can be compared between machines. */
export function printReport(report: Report): string {
  const { rounds, groups, ownShare, floors, memory, processes, sizes, targets } = report;
  return [
    `${rounds} interleaved rounds on ${machine.processors} processors; median, middle half, ratio to the first line of its part`,
    ...groups.flatMap(printGroup),
    '',
    'A warm start, and what it is made of',
    `  its own share, all but waiting for vault, database and Kong: ${printSummary(ownShare)}`,
    ...Object.entries(floors).map(([name, summary]) => `  the floor of ${name}: ${printSummary(summary)}`),
    ...Object.entries(memory).map(
      ([name, { anonymous, resident }]) =>
        `  peak memory, ${name}: ${anonymous.toFixed(1)} MB of its own, ${resident.toFixed(1)} MB with pages of files; 0 after execve`,
    ),
    ...Object.entries(processes).map(([name, counts]) => `  ${name}: ${printCounts(counts)}`),
    `  bundle ${megabytes(sizes.bundle)}, binary ${megabytes(sizes.binary)}, with gzip ${megabytes(sizes.binaryGzip)}`,
    '',
    'Targets',
    ...printTargets(targets),
    '',
  ].join('\n');
}

function printGroup({ title, results, notMeasured }: GroupResult): string[] {
  const width = Math.max(...results.map(({ name }) => name.length));
  const lines = results.map(({ name, milliseconds, ratio: relative }) => {
    return `  ${name.padEnd(width)}  ${printSummary(milliseconds).padEnd(28)} ${relative.median.toFixed(2).padStart(6)}`;
  });
  return ['', title, ...lines, ...notMeasured.map((text) => `  not measured: ${text}`)];
}

function printSummary({ median, lower, upper }: Summary): string {
  return `${median.toFixed(1).padStart(7)} ms (${lower.toFixed(1)} to ${upper.toFixed(1)})`;
}

function printCounts(counts: Counts | null): string {
  if (counts === null) return 'not measured: strace is not here, or may not trace';
  return `${counts.made} processes and threads made, ${counts.executed} programs executed`;
}

function printTargets(targets: readonly Target[]): string[] {
  const width = Math.max(...targets.map(({ what }) => what.length));
  return targets.map(({ what, wanted, figure, isMet }) => {
    const verdict = isMet === undefined ? '?' : isMet ? 'met' : 'not met';
    return `  ${what.padEnd(width)}  ${wanted.padEnd(18)} ${verdict.padEnd(8)} ${figure}`;
  });
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(2)} MB`;
}
