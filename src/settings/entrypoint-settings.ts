import { adminVariables } from './admin-settings.ts';
import { parseDuration } from './duration.ts';
import { migratorVariables } from './migrator-settings.ts';
import {
  type DurationName,
  rowOf,
  type SettingName,
  type SettingRow,
  settingsTable,
  type Word,
  type WordName,
  wordOf,
} from './settings-table.ts';

export type MigrationsPolicy = Word<'migrations'>;

/** The settings of kong-entrypoint itself. Durations are milliseconds. */
export type EntrypointSettings = {
  readonly [name in Exclude<WordName, 'logLevel'>]: Word<name>;
} & {
  readonly [name in DurationName]: number;
} & {
  readonly program: string | undefined;
  /** Unset, the level follows `KONG_LOG_LEVEL`. */
  readonly logLevel: Word<'logLevel'> | undefined;
  /** Which of them were given, by an option or a variable. */
  readonly given: ReadonlySet<SettingName>;
};

/** A problem with one of our settings: which setting, what is wrong, and which values it accepts. */
export type SettingProblem = { readonly subject: string; readonly message: string; readonly hint: string };

export type ReadEntrypointSettings = {
  readonly settings: EntrypointSettings;
  readonly problems: readonly SettingProblem[];
};

/**
 * Reads our settings: an option over its variable, an empty variable is unset. `options` holds the text of each option given, by
 * its name with the dashes. Problems are returned, not thrown, so that all of a start's are reported together.
 */
export function readEntrypointSettings(
  options: ReadonlyMap<string, string>,
  environment: Readonly<Record<string, string>>,
): ReadEntrypointSettings {
  const problems = unknownVariables(environment);
  const texts = new Map<SettingName, string>();
  const given = new Set<SettingName>();
  for (const row of settingsTable) {
    const option = options.get(row.option);
    const text = option ?? (environment[row.variable]?.trim() || undefined);
    if (text === undefined) continue;
    given.add(row.name);
    if (isValid(row, text)) texts.set(row.name, text);
    else problems.push(invalid(row, option === undefined ? row.variable : row.option));
  }
  return { settings: { ...readTexts(texts), given }, problems };
}

function isValid({ takes }: SettingRow, text: string): boolean {
  if ('words' in takes) return takes.words.includes(text);
  return !('duration' in takes) || parseDuration(text) !== undefined;
}

/** Valid texts as typed settings; the default where there is none. */
function readTexts(texts: ReadonlyMap<SettingName, string>): Omit<EntrypointSettings, 'given'> {
  function word<N extends WordName>(name: N): Word<N> {
    return required(wordOf(name, texts.get(name) ?? defaultOf(name)));
  }
  function duration(name: DurationName): number {
    return required(parseDuration(texts.get(name) ?? defaultOf(name)));
  }
  return {
    migrations: word('migrations'),
    handover: word('handover'),
    start: word('start'),
    program: texts.get('program'),
    fastPath: word('fastPath'),
    databaseTimeout: duration('databaseTimeout'),
    timeout: duration('timeout'),
    migrationsTimeout: duration('migrationsTimeout'),
    grace: duration('grace'),
    provision: word('provision'),
    logFormat: word('logFormat'),
    logLevel: texts.has('logLevel') ? word('logLevel') : undefined,
  };
}

/** The default as its row has it: the first word, or the duration. */
function defaultOf(name: SettingName): string {
  const { takes } = rowOf(name);
  return ('words' in takes ? takes.words[0] : 'duration' in takes ? takes.duration : undefined) ?? '';
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('a default that its own row would refuse');
  return value;
}

function invalid({ takes }: SettingRow, subject: string): SettingProblem {
  if ('words' in takes) {
    return {
      subject,
      message: 'the value is not one of those allowed',
      hint: `give one of: ${takes.words.join(', ')}`,
    };
  }
  return {
    subject,
    message: 'the value is not a duration',
    hint: 'give a number with ms, s, m or h, such as 500ms, 60s or 15m; a bare number is seconds',
  };
}

function unknownVariables(environment: Readonly<Record<string, string>>): SettingProblem[] {
  const known = new Set<string>([
    ...settingsTable.map(({ variable }) => variable),
    ...adminVariables,
    ...migratorVariables,
  ]);
  return Object.keys(environment)
    .filter((name) => name.startsWith('KONG_ENTRYPOINT_') && !name.startsWith('KONG_ENTRYPOINT_VALUE_'))
    .filter((name) => !known.has(name))
    .map(unknown);
}

function unknown(subject: string): SettingProblem {
  return {
    subject,
    message: 'there is no such setting',
    hint: serviceLink.test(subject) ? FROM_KUBERNETES : spelling(),
  };
}

/** What Kubernetes puts into every container of a namespace for each Service in it. */
const serviceLink = /_(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/;
const FROM_KUBERNETES =
  'Kubernetes sets it for a Service whose name begins with kong-entrypoint: set enableServiceLinks: false in the pod, or rename the Service';

function spelling(): string {
  return `check the spelling; the settings are ${settingsTable.map(({ variable }) => variable).join(', ')}`;
}
