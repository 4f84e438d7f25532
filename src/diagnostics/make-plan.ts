import { isForAnotherBackend } from '../handover/values.ts';
import { childEnvironment } from '../migrations/child-environment.ts';
import type { World } from '../process/world.ts';
import { asMigrator } from '../references/as-migrator.ts';
import type { NeededFor } from '../references/needed.ts';
import { Secret } from '../secret.ts';
import { openVaults } from '../vaults/open-vaults.ts';
import { adviseOnPlan } from './advice.ts';
import type { Examined } from './examine.ts';
import type { Plan } from './plan.ts';
import { planDatabase } from './plan-database.ts';
import { planReferences } from './plan-references.ts';
import { planSteps } from './plan-steps.ts';
import { asProblem } from './problems.ts';

/** What this start would do. Asks nobody: no vault, no database, no program. */
export async function makePlan(examined: Examined, world: World): Promise<Plan> {
  const { command, environment, configuration, settings, target, known } = examined;
  const steps = stepsOf(examined);
  const planned = await planReferences({
    known,
    source: openVaults({
      settings: configuration?.settings ?? new Map(),
      world: { environment, log: world.log, signal: world.stop.signal },
    }),
    steps,
    isForHandOver: (found) =>
      (command.kind === 'start' || command.kind === 'running') &&
      settings.handover === 'values' &&
      known.kongReferences.includes(found) &&
      isForAnotherBackend(found),
    isForGrants: ({ setting }) =>
      steps.includes('migrator') && command.kind !== 'values' && ['pg_user', 'pg_ro_user'].includes(setting.key),
  });
  const plan = {
    version: 1,
    command: command.words,
    kong: { version: known.kongVersion ?? null, conf: configuration?.confPath ?? null },
    migrations: migrationsOf(examined),
    handover: command.kind === 'values' ? 'values' : settings.handover,
    database: steps.length === 0 ? null : planDatabase(examined, steps.includes('migrator')),
    references: planned.references,
    requests: planned.requests,
    blanked: blankedBy(examined),
    becomes: target === undefined ? null : { path: target.path, argv: target.argv, way: target.way ?? null },
    problems: [
      ...examined.problems.map((error) => asProblem(error)),
      ...planned.problems.map(({ error, setting }) => asProblem(error, setting)),
    ],
  } as const;
  return { ...plan, steps: planSteps(plan, examined), warnings: adviseOnPlan(plan, examined) };
}

/** The policy, the one step that is the command, or none. */
function migrationsOf({ command, policy, prepares }: Examined): Plan['migrations'] {
  if (!prepares || !['migrations', 'start', 'wait'].includes(command.kind)) return 'none';
  return command.kind === 'migrations' ? command.step : policy;
}

/** What the start dereferences before the hand-over. */
export function stepsOf(examined: Examined): readonly NeededFor[] {
  const { command, policy, prepares, settings } = examined;
  if (
    !prepares ||
    command.kind === 'other' ||
    command.kind === 'running' ||
    (command.kind === 'start' && policy === 'off')
  )
    return [];
  const child = [...loginsOf(examined), 'connection', 'child'] as const;
  if (command.kind === 'values' || policy === 'wait') return child;
  const provisioning = settings.provision === 'off' ? [] : (['provisioning'] as const);
  const mayBootstrap = command.kind !== 'migrations' || command.step === 'bootstrap';
  return [...provisioning, ...child, ...(mayBootstrap ? (['bootstrap'] as const) : [])];
}

/** Whose login: a start with a role of its own for migrations may need either, and provisioning makes both. */
function loginsOf({ command, policy, settings }: Examined): readonly ('login' | 'migrator')[] {
  const onlyKong = command.kind === 'values' ? !command.migrates : policy === 'wait';
  if (settings.migrator.size === 0 || onlyKong) return ['login'];
  return command.kind === 'start' || settings.provision !== 'off' ? ['login', 'migrator'] : ['migrator'];
}

/** Of the environment that the child would get, only what is empty in it. What stands in for the values is looked at by nobody. */
function blankedBy(examined: Examined): readonly string[] {
  const { configuration, environment, known } = examined;
  const steps = stepsOf(examined);
  if (configuration === undefined || steps.length === 0) return [];
  const values = new Map(known.neededFor(steps).map((found) => [found, new Secret('value')]));
  const role = steps.includes('migrator') ? asMigrator(known) : known;
  return childEnvironment(role.with(values), { environment, files: configuration.files }).blanked;
}
