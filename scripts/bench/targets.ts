import type { GroupResult } from './measure.ts';
import type { Counts } from './processes.ts';
import type { Summary } from './statistics.ts';

/** A promise about speed, and whether this run kept it; undefined where it could not be measured. */
export type Target = {
  readonly what: string;
  readonly wanted: string;
  readonly figure: string;
  readonly isMet: boolean | undefined;
};

export type Measured = {
  readonly exec: GroupResult;
  readonly warm: GroupResult;
  readonly cold: GroupResult;
  readonly references: GroupResult;
  readonly ready: GroupResult;
  /** Milliseconds of a warm start in which it did not wait for somebody. */
  readonly ownShare: Summary;
  readonly nativeStart: Counts | undefined;
  readonly isRealKong: boolean;
};

const ROUND = 50;

export function judge(measured: Measured): readonly Target[] {
  const { exec, warm, cold, references, ownShare, nativeStart } = measured;
  const empty = find(exec, /empty program/)?.milliseconds.median ?? Number.NaN;
  const one = find(references, /^1 reference/)?.milliseconds.median ?? Number.NaN;
  const twelve = find(references, /^12 references/)?.milliseconds.median ?? Number.NaN;
  return [
    atMost('exec only, to an empty program', 1.2, find(exec, /kong-entrypoint: exec/)?.ratio.median),
    atMost('own share of a warm start, to an empty program', 2, ownShare.median / empty),
    atMost('cold start, to the bare bootstrap', 1.05, find(cold, /kong-entrypoint/)?.ratio.median),
    atMost('12 secrets, in rounds of 50 ms', 3, (twelve - (one - ROUND)) / ROUND),
    {
      what: 'native start: forks and execs, with the script of `kong`',
      wanted: 'fewer than 20',
      figure: nativeStart === undefined ? 'not measured: no strace' : String(nativeStart.made + nativeStart.executed),
      isMet: nativeStart && nativeStart.made + nativeStart.executed < 20,
    },
    ...againstOthers(warm, measured.isRealKong),
    ...containerToReady(measured),
  ];
}

/** Only a real Kong can say: the script of its images takes a second, that of the stand-in next to nothing. */
function containerToReady({ ready, isRealKong }: Measured): Target[] {
  const ours = find(ready, /kong-entrypoint/)?.milliseconds.median ?? Number.NaN;
  const rows = [
    ["container to ready, to the image's script alone", 0.6, /^the image's script/],
    ['container to ready, to kong migrations bootstrap and the script', 0.35, /^kong migrations bootstrap/],
  ] as const;
  return rows.map(([what, limit, name]) => {
    const target = atMost(what, limit, ours / (find(ready, name)?.milliseconds.median ?? Number.NaN));
    return isRealKong
      ? target
      : { ...target, figure: `not measured: set KONG_BIN; ${target.figure} with the stand-in`, isMet: undefined };
  });
}

/** Only a real Kong can say: the stand-in is too quick. */
function againstOthers(warm: GroupResult, isRealKong: boolean): Target[] {
  const rows = [
    ['warm start, the AWS CLI script to it', 20, /AWS CLI/],
    ['warm start, the fastest injector with its bootstrap to it', 8, /the least an injector takes/],
  ] as const;
  return rows.map(([what, times, name]) => {
    const ratio = find(warm, name)?.ratio.median;
    const isMeasured = isRealKong && ratio !== undefined;
    return {
      what,
      wanted: `at least ${times} times`,
      figure: isMeasured
        ? ratio.toFixed(1)
        : `not measured: set KONG_BIN${ratio === undefined ? '' : `; ${ratio.toFixed(1)} with the stand-in`}`,
      isMet: isMeasured ? ratio >= times : undefined,
    };
  });
}

function atMost(what: string, limit: number, figure = Number.NaN): Target {
  return { what, wanted: `at most ${limit}`, figure: figure.toFixed(2), isMet: figure <= limit };
}

function find({ results }: GroupResult, name: RegExp): GroupResult['results'][number] | undefined {
  return results.find((result) => name.test(result.name));
}
