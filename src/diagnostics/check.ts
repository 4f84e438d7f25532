import { EntrypointError, exitCodeOf } from '../errors.ts';
import { assertKongHasBackends } from '../handover/vault-backends-of-kong.ts';
import type { MigrationsInput } from '../migrations/acting-roles.ts';

import { limitWaiting } from '../process/stop.ts';
import { assertWritableTmp } from '../process/temporary-folder.ts';
import type { World } from '../process/world.ts';
import { createDereferencers } from '../references/dereferencer.ts';
import type { KongConfiguration } from '../settings/kong-configuration.ts';
import { openVaults } from '../vaults/open-vaults.ts';
import { type Checklist, type CheckReport, createChecklist } from './check-report.ts';
import { checkRoles, findKongHere } from './check-roles.ts';
import { checkSecrets } from './check-secrets.ts';
import type { Examined } from './examine.ts';
import { stepsOf } from './make-plan.ts';
import { count } from './page.ts';
import type { Plan } from './plan.ts';

/** Does what a start does, in the same order, up to the first change, and reports each step. */
export async function check(plan: Plan, examined: Examined, world: World): Promise<CheckReport> {
  const list = createChecklist();
  const warnings = [...plan.warnings];
  const { configuration, command, problems } = examined;
  const noTmp = problems.length > 0 || command.kind === 'other' ? undefined : tmpProblem();
  if (problems.length > 0) list.fail('settings', problems);
  else await list.look('settings', () => describeSettings(plan));
  if (noTmp !== undefined) {
    list.fail('/tmp', [noTmp]);
    list.skip('secrets, database', 'a start does not come that far');
  } else if (configuration === undefined || command.kind === 'other' || isIdle(plan, examined)) {
    list.skip('database', 'this start touches no vault and no database');
  } else if (problems.length > 0) {
    list.skip('secrets, database', 'the settings have to be right first');
  } else {
    const waiting = limitWaiting(world.stop.signal, examined.settings.timeout);
    warnings.push(...(await checkAccess(plan, { ...examined, configuration, command, waiting, world }, list)));
  }
  const failed = list.checks.flatMap(({ exitCode }) => (exitCode === null ? [] : [{ exitCode }]));
  return { version: 1, command: plan.command, checks: list.checks, warnings, exitCode: exitCodeOf(failed) };
}

/** Nothing is dereferenced, and no reference handed over that Kong might not be able to dereference. */
function isIdle({ references }: Plan, { prepares, command, policy }: Examined): boolean {
  return !prepares || (command.kind === 'start' && policy === 'off' && references.length === 0);
}

type Access = Omit<MigrationsInput, 'dereferencers' | 'files'> &
  Examined & { readonly configuration: KongConfiguration };

/** The vaults, then the database. Returns warnings. */
async function checkAccess(plan: Plan, access: Access, list: Checklist): Promise<readonly string[]> {
  const { configuration, command, environment, settings, policy, known, waiting, world } = access;
  const { signal } = waiting;
  await using source = openVaults({ ...configuration, world: { ...world, environment, signal } });
  const dereferencers = createDereferencers(known, { ...world, handover: settings.handover, source, signal });
  const input = { ...access, files: configuration.files, dereferencers };
  const hasMigrator = stepsOf(access).includes('migrator');
  const program = findKongHere(dereferencers.kong, input);
  if (command.kind === 'start' && !settings.given.has('handover') && program !== undefined) {
    await list.look("Kong's vaults", () => {
      assertKongHasBackends(known.kongReferences, program.path);
      return 'this Kong can dereference what it is given';
    });
  }
  if (!(await checkSecrets(plan, dereferencers.kong, list))) {
    list.skip('database', 'its secrets are not there');
    return [];
  }
  const expiring = await source.listExpiring();
  if (command.kind === 'values' || command.kind === 'running' || (command.kind === 'start' && policy === 'off')) {
    list.skip('database', command.kind === 'start' ? 'the policy is off' : 'this command goes to it by itself');
    return expiring;
  }
  return [...expiring, ...(await checkRoles({ ...input, hasMigrator, log: world.log }, list))];
}

/** Why no command of Kong's could run here. */
function tmpProblem(): EntrypointError | undefined {
  try {
    assertWritableTmp();
    return undefined;
  } catch (error) {
    if (error instanceof EntrypointError) return error;
    throw error;
  }
}

function describeSettings({ references, requests }: Plan): string {
  return `${count(references.length, 'reference')}, ${count(requests.length, 'secret')} to ask for`;
}
