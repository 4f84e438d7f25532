import { exitCodeOf, ProgramNotFoundError } from '../errors.ts';
import { assertKongHasBackends } from '../handover/vault-backends-of-kong.ts';
import type { KongProgram } from '../migrations/kong-migrations.ts';
import { findKong, type MigrationsInput, reachDatabase } from '../migrations/open-migrations.ts';
import { limitWaiting } from '../process/stop.ts';
import type { World } from '../process/world.ts';
import { createDereferencer } from '../references/dereferencer.ts';
import { openVaults } from '../vaults/open-vaults.ts';
import { checkDatabase } from './check-database.ts';
import { type CheckReport, createChecklist } from './check-report.ts';
import { checkSchema } from './check-schema.ts';
import { checkSecrets } from './check-secrets.ts';
import type { Examined } from './examine.ts';
import { stepsOf } from './make-plan.ts';
import { count } from './page.ts';
import type { Plan } from './plan.ts';

/** Does what a start does, up to the first thing that would change something, and reports each step. */
export async function check(plan: Plan, examined: Examined, world: World): Promise<CheckReport> {
  const list = createChecklist();
  const warnings = [...plan.warnings];
  const { configuration, command, known } = examined;
  if (examined.problems.length > 0) list.fail('settings', examined.problems);
  else await list.look('settings', () => describeSettings(plan));
  if (configuration === undefined || command.kind === 'other' || stepsOf(examined).length === 0) {
    list.skip('database', 'this start touches no vault and no database');
  } else if (examined.problems.length > 0) {
    list.skip('secrets, database', 'the settings have to be right first');
  } else {
    const { environment, settings } = examined;
    const waiting = limitWaiting(world.stop.signal, settings.timeout);
    const { signal } = waiting;
    await using source = openVaults({ ...configuration, world: { environment, signal, ...world } });
    const dereferencer = createDereferencer(known, { ...world, handover: settings.handover, source, signal });
    const input = { ...configuration, command, environment, settings, dereferencer, waiting, world };
    const program = findKongHere(input);
    if (await checkSecrets(plan, dereferencer, list)) {
      const isProvisioned = settings.provision !== 'off';
      const given = {
        ...examined,
        command,
        kongDatabase: reachDatabase(input),
        known: dereferencer.known,
        program,
        isProvisioned,
        log: world.log,
      };
      warnings.push(...(await source.listExpiring()));
      warnings.push(...(await checkDatabase(given, list, (database) => checkSchema(given, database, list))));
    } else list.skip('database', 'its secrets are not there');
    if (command.kind === 'start' && !settings.given.has('handover') && program !== undefined) {
      await list.look("Kong's vaults", () => {
        assertKongHasBackends(known.kongReferences, program.path);
        return 'this Kong can dereference what it is given';
      });
    }
  }
  const failed = list.checks.flatMap(({ exitCode }) => (exitCode === null ? [] : [{ exitCode }]));
  return { version: 1, command: plan.command, checks: list.checks, warnings, exitCode: exitCodeOf(failed) };
}

function describeSettings({ references, requests }: Plan): string {
  return `${count(references.length, 'reference')}, ${count(requests.length, 'secret')} to ask for`;
}

/** The Kong that a start would run; a look at the database needs none. */
function findKongHere(input: MigrationsInput): KongProgram | undefined {
  try {
    return findKong(input);
  } catch (error) {
    if (error instanceof ProgramNotFoundError) return undefined;
    throw error;
  }
}
