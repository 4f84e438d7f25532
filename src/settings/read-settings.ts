import { SettingError, throwTogether } from '../errors.ts';
import type { Log } from '../log.ts';
import type { FileIdentity } from '../process/executable.ts';
import { readAdminSettings } from './admin-settings.ts';
import { readChartCommand } from './chart-command.ts';
import { type Command, readCommand, useOfKong } from './command.ts';
import { connectionProblems } from './connection-problems.ts';
import { type EntrypointSettings, readEntrypointSettings } from './entrypoint-settings.ts';
import type { EnvironmentSnapshot } from './environment.ts';
import { type KongConfiguration, readKongConfiguration, runsWithoutDatabase } from './kong-configuration.ts';
import { migratorProblems, readMigratorSettings } from './migrator-settings.ts';
import { refusedByKong } from './refused-by-kong.ts';
import type { Settings } from './setting.ts';
import { notUtf8 } from './setting-files.ts';

export type SettingsInput = {
  readonly options: ReadonlyMap<string, string>;
  /** The container's command. */
  readonly words: readonly [string, ...string[]];
  readonly snapshot: EnvironmentSnapshot;
  /** Our own executable. */
  readonly self: FileIdentity | undefined;
  readonly log: Log;
};

export type StartConfiguration = {
  readonly command: Command;
  readonly settings: StartSettings;
  /** Undefined for a program that is executed at once. */
  readonly configuration: KongConfiguration | undefined;
};

/** Our settings and Kong's, read and looked at. Throws everything that is wrong with them, together. */
export function readSettings(input: SettingsInput): StartConfiguration {
  const { problems, ...read } = examineSettings(input);
  throwTogether(problems);
  return read;
}

/** The same, returning the problems beside what could be read. */
export function examineSettings({ options, words, snapshot, self, log }: SettingsInput): StartConfiguration & {
  readonly problems: readonly SettingError[];
} {
  warnOfDuplicates(snapshot, log);
  const { settings, problems } = readStartSettings(options, snapshot);
  const search = { path: snapshot.variables['PATH'], self };
  const command = readChartCommand(words, search) ?? readCommand(words, settings.handover);
  const kong = useOfKong(command);
  if (kong === undefined) return { command, settings, configuration: undefined, problems };
  const { configuration, problems: unreadable } = readKongConfiguration({
    environment: snapshot.variables,
    conf: kong.conf,
  });
  const usesDatabase = kong.usesDatabase || settings.migrations !== 'off';
  const isLookedAt = usesDatabase && !runsWithoutDatabase(configuration);
  const nonsense = isLookedAt
    ? [
        ...connectionProblems(configuration.settings),
        ...migratorProblems(settings.migrator, configuration.settings),
        ...refusedByKong(configuration),
      ]
    : [];
  return { command, settings, configuration, problems: [...problems, ...unreadable, ...nonsense] };
}

/** Kong cannot be given both values, and programs differ in which of them they read: here the last one counts. */
function warnOfDuplicates({ duplicated }: EnvironmentSnapshot, log: Log): void {
  for (const variable of duplicated) {
    log.warn(`${variable} is set twice in the environment with different values; the last one is used`);
  }
}

/** Our own settings, those of the admin who provisions (none where nothing is provisioned), and those of a role that migrates. */
export type StartSettings = EntrypointSettings & { readonly admin: Settings; readonly migrator: Settings };

/** Our own settings, with their problems and those of variables that cannot be handed over unchanged. */
export function readStartSettings(
  options: ReadonlyMap<string, string>,
  snapshot: EnvironmentSnapshot,
): { readonly settings: StartSettings; readonly problems: readonly SettingError[] } {
  const { settings, problems } = readEntrypointSettings(options, snapshot.variables);
  const admin = settings.provision === 'off' ? nobody : readAdminSettings(snapshot.variables);
  const migrator = readMigratorSettings(snapshot.variables);
  return {
    settings: { ...settings, admin: admin.settings, migrator: migrator.settings },
    problems: [
      ...snapshot.notUtf8.map(notUtf8),
      ...problems.map(({ subject, message, hint }) => new SettingError(message, { subject, hint })),
      ...admin.errors,
      ...migrator.errors,
    ],
  };
}

const nobody = { settings: new Map(), errors: [] };
