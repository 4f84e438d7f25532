import type { Group } from './contender.ts';
import { type GroupResult, measure, resultOf } from './measure.ts';
import { openSmallMachine } from './small-machine.ts';

const MACHINES = [0.25, 0.5, 1] as const;

/** An empty program, a warm start and a cold one on parts of a processor, as tasks of ECS have them. */
export function smallMachines(warm: Group, cold: Group, exec: Group, rounds: number): GroupResult[] {
  const ours = [exec, warm, cold].map(({ contenders }) =>
    contenders.find(({ name }) => /empty program|^kong-entrypoint/.test(name)),
  );
  const contenders = ours.flatMap((one) => one ?? []);
  const results: GroupResult[] = [];
  for (const processors of MACHINES) {
    const title = `On ${processors} of a processor`;
    const machine = openSmallMachine(processors);
    if (machine === undefined) {
      results.push({
        title,
        results: [],
        notMeasured: ['all of it: no control group can be made here; run it as root'],
      });
      continue;
    }
    try {
      const within = contenders.map((one) => machine.within(one));
      const group: Group = { title, contenders: within, notMeasured: [] };
      results.push(resultOf(group, measure(within, Math.ceil(rounds / 3))));
    } finally {
      machine.close();
    }
  }
  return results;
}
