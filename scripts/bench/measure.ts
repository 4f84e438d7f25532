import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { Contender, Group } from './contender.ts';

/** Milliseconds of one contender, by round. */
export type Times = ReadonlyMap<Contender, readonly number[]>;

/**
 * One run of each that is not measured: it warms what can be warm, and proves that the contender does what it claims. One that is not
 * ours and does not work here is left out, and named.
 */
export async function tryOutAll(group: Group): Promise<Group> {
  const failed = new Map<Contender, string>();
  for (const contender of group.contenders) {
    const failure = await tryOut(contender);
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
async function tryOut(contender: Contender): Promise<string | undefined> {
  await runAloud(contender);
  const { exitCode, output } = await runAloud(contender);
  if (exitCode === 0 && (contender.proof?.test(output) ?? true)) return undefined;
  return `${contender.name}: exit code ${exitCode}, and what it printed is not as expected: ${output}`;
}

type Run = { readonly exitCode: number | null; readonly output: string };

export async function runAloud({ words: [program, ...args], environment }: Contender): Promise<Run> {
  const child = spawn(program, args, { env: { ...(await environment()) }, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { exitCode: child.exitCode, output: `${stdout}${stderr}` };
}

/** Every contender once a round, each round beginning with another one, so that what disturbs disturbs all alike. */
export async function measure(contenders: readonly Contender[], rounds: number): Promise<Times> {
  const times = new Map<Contender, number[]>(contenders.map((contender) => [contender, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const index of contenders.keys()) {
      const contender = contenders[(index + round) % contenders.length];
      if (contender !== undefined) times.get(contender)?.push(await timeOf(contender));
    }
  }
  return times;
}

async function timeOf({ name, words: [program, ...args], environment }: Contender): Promise<number> {
  const env = { ...(await environment()) };
  const started = performance.now();
  const child = spawn(program, args, { env, stdio: 'ignore' });
  await once(child, 'exit');
  const took = performance.now() - started;
  if (child.exitCode !== 0) throw new Error(`${name}: exit code ${child.exitCode}`);
  return took;
}
