import { spawnSync } from 'node:child_process';
import type { Contender, Group } from './contender.ts';
import { ratio, type Summary, summarize } from './statistics.ts';

/** Milliseconds of one contender, by round. */
export type Times = ReadonlyMap<Contender, readonly number[]>;

export type GroupResult = {
  readonly title: string;
  readonly results: readonly {
    readonly name: string;
    readonly milliseconds: Summary;
    /** To the first of the group. */
    readonly ratio: Summary;
  }[];
  readonly notMeasured: readonly string[];
};

/**
 * One run of each that is not measured: it warms what can be warm, and proves that the contender does what it claims. One that is not
 * ours and does not work here is left out, and named.
 */
export function tryOutAll(group: Group): Group {
  const failed = new Map<Contender, string>();
  for (const contender of group.contenders) {
    const failure = tryOut(contender);
    if (failure === undefined) continue;
    if (!contender.isOptional) throw new Error(failure);
    failed.set(contender, failure);
  }
  return {
    ...group,
    contenders: group.contenders.filter((contender) => !failed.has(contender)),
    notMeasured: [...group.notMeasured, ...failed.values()],
  };
}

/** Undefined if it did what it claims, else what it did. The second run counts: the first may find a schema that is not there yet. */
function tryOut(contender: Contender): string | undefined {
  runAloud(contender);
  const { exitCode, output } = runAloud(contender);
  if (exitCode === 0 && (contender.proof?.test(output) ?? true)) return undefined;
  return `${contender.name}: exit code ${exitCode}, and what it printed is not as expected: ${output}`;
}

type Run = { readonly exitCode: number | null; readonly output: string };

export function runAloud({ words: [program, ...args], environment }: Contender): Run {
  const { status, stdout, stderr } = spawnSync(program, args, { env: { ...environment() }, encoding: 'utf8' });
  return { exitCode: status, output: `${stdout}${stderr}` };
}

/** Every contender once a round, each round beginning with another one, so that what disturbs disturbs all alike. */
export function measure(contenders: readonly Contender[], rounds: number): Times {
  const times = new Map<Contender, number[]>(contenders.map((contender) => [contender, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const index of contenders.keys()) {
      const contender = contenders[(index + round) % contenders.length];
      if (contender !== undefined) times.get(contender)?.push(timeOf(contender));
    }
  }
  return times;
}

/** Waits without an event loop, whose turns would add their own milliseconds. */
function timeOf({ name, words: [program, ...args], environment }: Contender): number {
  const env = { ...environment() };
  const started = performance.now();
  const { status } = spawnSync(program, args, { env, stdio: 'ignore' });
  const took = performance.now() - started;
  if (status !== 0) throw new Error(`${name}: exit code ${status}`);
  return took;
}

export function resultOf({ title, notMeasured }: Group, times: Times): GroupResult {
  const [base = []] = times.values();
  const results = [...times].map(([{ name }, numbers]) => {
    return { name, milliseconds: summarize(numbers), ratio: ratio(numbers, base) };
  });
  return { title, results, notMeasured };
}
