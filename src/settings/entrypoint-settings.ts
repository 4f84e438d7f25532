import { parseDuration } from './duration.ts';

export type MigrationsPolicy = 'bootstrap' | 'up' | 'finish' | 'wait' | 'off';

/** The settings of kong-entrypoint itself. Durations are milliseconds. */
export type EntrypointSettings = {
  readonly migrations: MigrationsPolicy;
  readonly handover: 'references' | 'values';
  readonly start: 'image' | 'native';
  readonly program: string | undefined;
  readonly fastPath: 'on' | 'off';
  readonly databaseTimeout: number;
  readonly timeout: number;
  readonly migrationsTimeout: number;
  readonly grace: number;
  readonly provision: 'off' | 'on' | 'sync';
  readonly logFormat: 'text' | 'json';
  readonly logLevel: 'info' | 'debug' | 'warn' | 'error' | undefined;
  /** Which of them were given, by an option or a variable. */
  readonly given: ReadonlySet<SettingName>;
};

export type SettingName = Exclude<keyof EntrypointSettings, 'given'>;

type Values = readonly [string, ...string[]];

/** One row of the settings table: its option, its variable, what it takes, and what it does. */
export type SettingRow = {
  readonly name: SettingName;
  readonly option: `--${string}`;
  readonly variable: `KONG_ENTRYPOINT_${string}`;
  readonly takes: { readonly words: Values } | { readonly duration: string } | { readonly text: string };
  readonly about: string;
};

function row(option: string, name: SettingName, takes: SettingRow['takes'], about: string): SettingRow {
  const variable = `KONG_ENTRYPOINT_${option.toUpperCase().replaceAll('-', '_')}` as const;
  return { name, option: `--${option}`, variable, takes, about };
}

/** All of our settings, the default first. The help, the documentation and the reading itself come from here. */
export const settingsTable: readonly SettingRow[] = [
  row(
    'migrations',
    'migrations',
    { words: ['bootstrap', 'up', 'finish', 'wait', 'off'] },
    'which migrations a start may run',
  ),
  row(
    'handover',
    'handover',
    { words: ['references', 'values'] },
    'what Kong gets: its references, or values for open-source Kong',
  ),
  row('start', 'start', { words: ['image', 'native'] }, "how docker-start runs: by the image's script, or without it"),
  row('program', 'program', { text: '/entrypoint.sh or /docker-entrypoint.sh' }, "the image's entry script"),
  row(
    'fast-path',
    'fastPath',
    { words: ['on', 'off'] },
    'remember that the schema is ready, and do not ask Kong again',
  ),
  row('database-timeout', 'databaseTimeout', { duration: '60s' }, 'how long PostgreSQL may be unreachable'),
  row('timeout', 'timeout', { duration: '15m' }, 'all waiting together; never a running migration'),
  row('migrations-timeout', 'migrationsTimeout', { duration: '0' }, 'bound on a running migration; 0 is none'),
  row('grace', 'grace', { duration: '8s' }, 'from a stop signal to KILL'),
  row(
    'provision',
    'provision',
    { words: ['off', 'on', 'sync'] },
    'create the role and the database from admin credentials',
  ),
  row('log-format', 'logFormat', { words: ['text', 'json'] }, 'how our own lines look'),
  row('log-level', 'logLevel', { words: ['info', 'debug', 'warn', 'error'] }, 'which of our own lines are printed'),
];

/** Variables of ours that are no row of the table: who provisions, and with what. */
const furtherVariables = new Set([
  'KONG_ENTRYPOINT_ADMIN_PG_USER',
  'KONG_ENTRYPOINT_ADMIN_PG_PASSWORD',
  'KONG_ENTRYPOINT_ADMIN_PG_PASSWORD_FILE',
  'KONG_ENTRYPOINT_ADMIN_PG_DATABASE',
]);

/** Something wrong with one of our settings: which one, what, and what it takes. */
export type SettingProblem = { readonly subject: string; readonly message: string; readonly hint: string };

export type ReadEntrypointSettings = {
  readonly settings: EntrypointSettings;
  readonly problems: readonly SettingProblem[];
};

/**
 * Reads our settings: an option over its variable, an empty variable is unset. `options` holds the text of each option given, by
 * its name with the dashes. Problems are returned, not thrown, so that all of a start's can be told together.
 */
export function readEntrypointSettings(
  options: ReadonlyMap<string, string>,
  environment: Readonly<Record<string, string>>,
): ReadEntrypointSettings {
  const problems = unknownVariables(environment);
  const given = new Set<SettingName>();
  function value(name: SettingName): string | number | undefined {
    const definition = definitionOf(name);
    const option = options.get(definition.option);
    const text = option ?? (environment[definition.variable]?.trim() || undefined);
    if (text === undefined) return undefined;
    given.add(name);
    const read = readValue(definition, text);
    if (read === undefined)
      problems.push(invalid(definition, option === undefined ? definition.variable : definition.option));
    return read;
  }
  return { settings: { ...readAll(value), given }, problems };
}

type Reader = (name: SettingName) => string | number | undefined;

function readAll(value: Reader): Omit<EntrypointSettings, 'given'> {
  const text = value('program');
  return {
    migrations: oneOf(['bootstrap', 'up', 'finish', 'wait', 'off'], value('migrations')) ?? 'bootstrap',
    handover: oneOf(['references', 'values'], value('handover')) ?? 'references',
    start: oneOf(['image', 'native'], value('start')) ?? 'image',
    program: typeof text === 'string' ? text : undefined,
    fastPath: oneOf(['on', 'off'], value('fastPath')) ?? 'on',
    databaseTimeout: duration(value('databaseTimeout')) ?? 60_000,
    timeout: duration(value('timeout')) ?? 900_000,
    migrationsTimeout: duration(value('migrationsTimeout')) ?? 0,
    grace: duration(value('grace')) ?? 8_000,
    provision: oneOf(['off', 'on', 'sync'], value('provision')) ?? 'off',
    logFormat: oneOf(['text', 'json'], value('logFormat')) ?? 'text',
    logLevel: oneOf(['info', 'debug', 'warn', 'error'], value('logLevel')),
  };
}

function oneOf<const T extends string>(words: readonly T[], value: string | number | undefined): T | undefined {
  return words.find((word) => word === value);
}

function duration(value: string | number | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function definitionOf(name: SettingName): SettingRow {
  const found = settingsTable.find((candidate) => candidate.name === name);
  if (found === undefined) throw new TypeError(`no row for ${name}`);
  return found;
}

function readValue({ takes }: SettingRow, text: string): string | number | undefined {
  if ('words' in takes) return takes.words.find((word) => word === text);
  return 'duration' in takes ? parseDuration(text) : text;
}

function invalid({ takes }: SettingRow, subject: string): SettingProblem {
  if ('words' in takes) {
    return {
      subject,
      message: 'the value is none of those it can have',
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
  const known = new Set<string>([...settingsTable.map(({ variable }) => variable), ...furtherVariables]);
  return Object.keys(environment)
    .filter((name) => name.startsWith('KONG_ENTRYPOINT_') && !name.startsWith('KONG_ENTRYPOINT_VALUE_'))
    .filter((name) => !known.has(name))
    .map((name) => ({
      subject: name,
      message: 'there is no such setting',
      hint: `check the spelling; the settings are ${settingsTable.map(({ variable }) => variable).join(', ')}`,
    }));
}
