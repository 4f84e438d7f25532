import type { Given } from './cli/command-line.ts';
import { announceHandOver } from './handover/announce.ts';
import { buildKongEnvironment, givenToKong, readForKong } from './handover/kong-environment.ts';
import { prepareEarly, prepareHandOver } from './handover/native-start.ts';
import { removePids } from './handover/prefix-files.ts';
import type { HandOver } from './handover/replace-process.ts';
import { findTarget } from './handover/target.ts';
import { assertKongHasBackends } from './handover/vault-backends-of-kong.ts';
import { policyOf } from './migrations/policy.ts';
import { limitWaiting } from './process/stop.ts';
import { assertWritableTmp } from './process/temporary-folder.ts';
import type { World } from './process/world.ts';
import { createDereferencers } from './references/dereferencer.ts';
import { knowSettings, secretsIn } from './references/known-settings.ts';
import { runsWithoutDatabase } from './settings/kong-configuration.ts';
import { readSettings } from './settings/read-settings.ts';

/**
 * A start, in order. Returns what this process is to become, or undefined when the command was a migrations step, which is done then.
 * Throws the error that ends the start.
 */
export async function start({ commandLine, snapshot }: Given, world: World): Promise<HandOver | undefined> {
  const environment = snapshot.variables;
  const { command, settings, configuration } = readSettings({ ...commandLine, ...world, snapshot });
  if (command.kind === 'clear pids') return removePids(command.folder, world.log);
  const target = findTarget(command, { environment, configuration, settings, self: world.self });
  if (command.kind === 'other' || configuration === undefined) return { ...target, environment };
  assertWritableTmp();
  const given = { target, environment, configuration, log: world.log };
  if (runsWithoutDatabase(configuration)) {
    return prepareHandOver({ target, environment: givenToKong(given), secrets: [], settings, world });
  }

  const early = { target, environment: readForKong(given), settings, world };
  await using prepare = prepareEarly(early, settings.handover);
  // Loaded here, for a command that is executed at once needs none of it.
  const { openVaults } = await import('./vaults/open-vaults.ts');
  const { openMigrations } = await import('./migrations/open-migrations.ts');
  const waiting = limitWaiting(world.stop.signal, settings.timeout);
  const bounded = { ...world, signal: waiting.signal };
  await using source = openVaults({ ...configuration, world: { ...bounded, environment } });
  const known = knowSettings({ ...configuration, admin: settings.admin, migrator: settings.migrator });
  const dereferencers = createDereferencers(known, { ...bounded, handover: settings.handover, source });
  const input = { ...configuration, command, environment, settings, dereferencers, waiting, world };
  const migrations = openMigrations(input);
  if (command.kind === 'migrations') return await migrations.runStep(command);
  if (command.kind === 'wait') return await migrations.waitOnly();
  if (command.kind === 'values') return { ...target, environment: await migrations.environmentWithValues() };

  const ofKong = { ...given, handover: settings.handover, dereferencer: dereferencers.kong };
  if (command.kind === 'running') return { ...target, environment: await buildKongEnvironment(ofKong) };
  if (!settings.given.has('handover')) assertKongHasBackends(known.kongReferences, migrations.kong);
  await migrations.bring(policyOf(command, settings.migrations));
  const kongEnvironment = await buildKongEnvironment(ofKong);
  const secrets = secretsIn(dereferencers.kong.known);
  const handOver = await prepareHandOver({ ...early, environment: kongEnvironment, secrets, prepare });
  announceHandOver(handOver, target.way, world);
  return handOver;
}
