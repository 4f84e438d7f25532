import type { World } from '../process/world.ts';
import type { Examined } from './examine.ts';
import { type IamPolicy, iamPolicies } from './iam-policy.ts';
import { makePlan, stepsOf } from './make-plan.ts';
import type { Plan } from './plan.ts';

/**
 * The policies of this start. Where it would act in two roles they are told apart, as for two tasks: the service, which waits and reads
 * nothing of the role that migrates, and the task that migrates. One container that does both needs both.
 */
export async function policiesFor(
  plan: Plan,
  examined: Examined,
  kmsKey: string | undefined,
  world: World,
): Promise<readonly IamPolicy[]> {
  if (examined.command.kind !== 'start' || !stepsOf(examined).includes('migrator'))
    return iamPolicies(plan, examined, kmsKey);
  const service: Examined = { ...examined, policy: 'wait' };
  const task = asTask(examined);
  return [
    ...iamPolicies(await makePlan(service, world), service, kmsKey, "the service's role (--migrations wait)"),
    ...iamPolicies(
      await makePlan(task, world),
      task,
      kmsKey,
      `the role of the task that runs ${task.command.words.join(' ')}`,
    ),
  ];
}

/** The same settings with a step of the migrations as the command. */
function asTask(examined: Examined): Examined {
  const { command, policy } = examined;
  const step = policy === 'up' || policy === 'finish' ? policy : 'bootstrap';
  const conf = command.kind === 'other' ? undefined : command.conf;
  const words = [command.words[0], 'migrations', step] as const;
  return { ...examined, policy: 'off', command: { kind: 'migrations', step, words, conf, arguments: [] } };
}
