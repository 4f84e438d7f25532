import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { Contender, Contenders } from './contenders.ts';

type Environment = Readonly<Record<string, string>>;

/** Milliseconds of one contender, by round. */
export type Times = ReadonlyMap<Contender, readonly number[]>;

/**
 * One run of each that is not measured: it warms what can be warm, and proves that the contender does what it claims. One that is not
 * ours and does not work here is left out, and named.
 */
export async function tryOutAll(
  { contenders, notMeasured }: Contenders,
  environment: Environment,
): Promise<Contenders> {
  const failed = new Map<Contender, string>();
  // The one that asks Kong comes first: it makes the schema, and remembers it.
  for (const contender of contenders.toSorted((a, b) => rank(a) - rank(b))) {
    const failure = await tryOut(contender, environment);
    if (failure === undefined) continue;
    if (!contender.isOptional) throw new Error(failure);
    failed.set(contender, failure);
  }
  return {
    contenders: contenders.filter((contender) => !failed.has(contender)),
    notMeasured: [...notMeasured, ...failed.values()],
  };
}

function rank({ makesSchema }: Contender): number {
  return makesSchema === true ? 0 : 1;
}

/** Undefined if it did what it claims, else what it did. */
async function tryOut({ name, words, proof }: Contender, environment: Environment): Promise<string | undefined> {
  const [program, ...args] = words;
  const child = spawn(program, args, { env: { ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  const output = `${stdout}${stderr}`;
  if (child.exitCode === 0 && (proof?.test(output) ?? true)) return undefined;
  return `${name}: exit code ${child.exitCode}, and what it printed is not as expected: ${output}`;
}

/** Every contender once a round, each round beginning with another one, so that what disturbs disturbs all alike. */
export async function measure(
  contenders: readonly Contender[],
  rounds: number,
  environment: Environment,
): Promise<Times> {
  const times = new Map<Contender, number[]>(contenders.map((contender) => [contender, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const index of contenders.keys()) {
      const contender = contenders[(index + round) % contenders.length];
      if (contender !== undefined) times.get(contender)?.push(await timeOf(contender, environment));
    }
  }
  return times;
}

async function timeOf({ name, words: [program, ...args] }: Contender, environment: Environment): Promise<number> {
  const started = performance.now();
  const child = spawn(program, args, { env: { ...environment }, stdio: 'ignore' });
  await once(child, 'exit');
  const took = performance.now() - started;
  if (child.exitCode !== 0) throw new Error(`${name}: exit code ${child.exitCode}`);
  return took;
}
