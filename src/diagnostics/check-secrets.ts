import type { Dereferencer } from '../references/dereferencer.ts';
import type { Checklist } from './check-report.ts';
import { count } from './page.ts';
import type { Plan, PlannedRequest } from './plan.ts';

/** Asks for each secret of the plan, and looks at the values that the start needs. True where all are there. */
export async function checkSecrets(plan: Plan, dereferencer: Dereferencer, list: Checklist): Promise<boolean> {
  const { references } = dereferencer.known;
  let areThere = true;
  for (const request of plan.requests) {
    const wanted = references.filter((_, index) => plan.references[index]?.request === request.number);
    const isThere = await list.look(nameOf(request), async () => {
      await dereferencer.fetchThese(wanted);
      return `${count(wanted.length, 'value')}, ${request.authentication}`;
    });
    areThere = areThere && isThere;
  }
  const unprepared = references.filter((_, index) => isWantedInVain(plan, index));
  if (unprepared.length === 0) return areThere;
  await list.look('references', async () => {
    await dereferencer.fetchThese(unprepared);
    return 'ready';
  });
  return false;
}

function nameOf({ vault, secret }: PlannedRequest): string {
  return `secret ${secret} (${vault})`;
}

/** Needed, and in no request: malformed, or of a vault that cannot be asked. Asking tells why. */
function isWantedInVain({ references }: Plan, index: number): boolean {
  const reference = references[index];
  return reference !== undefined && reference.request === null && reference.neededFor !== 'nothing';
}
