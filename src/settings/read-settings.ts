import { type SettingError, throwTogether } from '../errors.ts';
import type { Log } from '../log.ts';
import { connectionProblems } from './connection-problems.ts';
import type { EnvironmentSnapshot } from './environment.ts';
import { type KongConfiguration, readKongConfiguration, runsWithoutDatabase } from './kong-configuration.ts';
import { readStartSettings, type StartSettings } from './start-settings.ts';

export type SettingsInput = {
  readonly options: ReadonlyMap<string, string>;
  readonly snapshot: EnvironmentSnapshot;
  /** What Kong's settings are read for; undefined for a program that is executed at once, whatever they are. */
  readonly kong: { readonly conf: string | undefined; readonly usesDatabase: boolean } | undefined;
  readonly log: Log;
};

export type StartConfiguration = {
  readonly settings: StartSettings;
  readonly configuration: KongConfiguration | undefined;
};

/** Our settings and Kong's, read and looked at. Throws everything that is wrong with them, together. */
export function readSettings(input: SettingsInput): StartConfiguration {
  const { problems, ...read } = examineSettings(input);
  throwTogether(problems);
  return read;
}

/** The same, with what is wrong beside what could be read. */
export function examineSettings({ options, snapshot, kong, log }: SettingsInput): StartConfiguration & {
  readonly problems: readonly SettingError[];
} {
  warnOfDuplicates(snapshot, log);
  const { settings, problems } = readStartSettings(options, snapshot);
  if (kong === undefined) return { settings, configuration: undefined, problems };
  const { configuration, problems: unreadable } = readKongConfiguration({
    environment: snapshot.variables,
    conf: kong.conf,
  });
  const usesDatabase = kong.usesDatabase || settings.migrations !== 'off';
  const isLookedAt = usesDatabase && !runsWithoutDatabase(configuration);
  const nonsense = isLookedAt ? connectionProblems(configuration.settings) : [];
  return { settings, configuration, problems: [...problems, ...unreadable, ...nonsense] };
}

/** Kong cannot be given both, and which of two a program reads is its own affair: the last one counts here. */
function warnOfDuplicates({ duplicated }: EnvironmentSnapshot, log: Log): void {
  for (const variable of duplicated) {
    log.warn(`${variable} stands twice in the environment with different values; the last one counts, and goes on`);
  }
}
