import { secretsIn } from '../references/known-settings.ts';
import type { NeededFor } from '../references/needed.ts';
import { buildChildEnvironment, type ChildEnvironment } from './child-environment.ts';
import { createKongMigrations, type KongMigrations } from './kong-migrations.ts';
import { connectionSettings, type Work } from './work.ts';

/** `kong migrations` for this start, in this prefix. `cancel` ends a running child. */
export function openKongMigrations(work: Work, prefix: string, cancel: AbortSignal): KongMigrations {
  const { dereferencer, settings, kong, kongVersion, command, world } = work;
  return createKongMigrations({
    kong,
    kongVersion,
    cancel,
    conf: command.conf,
    stop: world.stop,
    waiting: work.waiting,
    log: world.log,
    phases: world.phases,
    write: world.write,
    grace: settings.grace,
    timeLimit: settings.migrationsTimeout,
    secrets: () => secretsIn(dereferencer.known),
    async environmentFor(purpose) {
      const steps: readonly NeededFor[] = purpose === 'bootstrap' ? ['child', 'bootstrap'] : ['child'];
      await dereferencer.fetchMissing(steps);
      return childEnvironment(work, prefix, ['connection', ...steps]);
    },
  });
}

/** What a command of Kong that reads the database gets: references that these steps need as values, the others blanked. */
export function childEnvironment(
  work: Work,
  prefix: string | undefined,
  steps: readonly NeededFor[],
): ChildEnvironment {
  const { environment, configuration, dereferencer } = work;
  const keepCredentials = connectionSettings(work).authenticatesByToken;
  return buildChildEnvironment({
    environment,
    files: configuration.files,
    known: dereferencer.known.onlyFor(steps),
    prefix,
    keepCredentials,
  });
}
