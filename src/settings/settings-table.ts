/** The words that each setting accepts, the default first. */
const words = {
  migrations: ['bootstrap', 'up', 'finish', 'wait', 'off'],
  handover: ['references', 'values'],
  start: ['auto', 'image', 'native'],
  fastPath: ['on', 'off'],
  provision: ['off', 'on', 'sync'],
  logFormat: ['text', 'json'],
  logLevel: ['info', 'debug', 'warn', 'error'],
} as const;

/** The default of each setting that is a duration, as the operator would write it. */
const durations = { databaseTimeout: '60s', timeout: '15m', migrationsTimeout: '0', grace: '8s' } as const;

export type WordName = keyof typeof words;
export type Word<N extends WordName> = (typeof words)[N][number];
export type DurationName = keyof typeof durations;
export type SettingName = WordName | DurationName | 'program';

/** One row of the settings table: its option, its variable, what it takes, and what it does. */
export type SettingRow = {
  readonly name: SettingName;
  readonly option: `--${string}`;
  readonly variable: `KONG_ENTRYPOINT_${string}`;
  readonly takes: { readonly words: readonly string[] } | { readonly duration: string } | { readonly text: string };
  /** What it is for, in the few words that `--help` has room for. */
  readonly about: string;
  /** What only the documentation adds. */
  readonly details: string;
};

function row(name: SettingName, about: string, details = ''): SettingRow {
  const option = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const variable = `KONG_ENTRYPOINT_${option.toUpperCase().replaceAll('-', '_')}` as const;
  return { name, option: `--${option}`, variable, takes: takesOf(name), about, details };
}

function takesOf(name: SettingName): SettingRow['takes'] {
  if (name === 'program') return { text: '/entrypoint.sh or /docker-entrypoint.sh' };
  return isDuration(name) ? { duration: durations[name] } : { words: words[name] };
}

function isDuration(name: SettingName): name is DurationName {
  return name in durations;
}

/** All of our settings. The help, the documentation and the reading itself come from here. */
export const settingsTable: readonly SettingRow[] = [
  row('migrations', 'which migrations a start may run', 'the policies are below'),
  row('handover', 'what Kong receives', 'references, or values for open-source Kong'),
  row(
    'start',
    'how docker-start runs',
    "through the image's script (image) or without it (native); auto is native if Kong publishes that script or the image has none",
  ),
  row('program', "the image's entry script"),
  row('fastPath', 'remember when the schema is ready', 'off asks Kong at every start'),
  row('databaseTimeout', 'how long to wait for PostgreSQL', '0 means no waiting'),
  row('timeout', 'limit on all waiting together', 'a running migration does not count; 0 means no limit'),
  row('migrationsTimeout', 'limit on a running migration', '0 means no limit'),
  row('grace', 'time from a stop signal to KILL', '0 means at once'),
  row('provision', 'create the role and the database', 'from the credentials of an admin'),
  row('logFormat', 'format of our log lines'),
  row('logLevel', 'which log lines to print'),
];

/** The row of a setting. */
export function rowOf(name: SettingName): SettingRow {
  const found = settingsTable.find((candidate) => candidate.name === name);
  if (found === undefined) throw new TypeError(`no row for ${name}`);
  return found;
}

/** The word that this text is, of those that the setting can have; undefined for any other. */
export function wordOf<N extends WordName>(name: N, text: string): Word<N> | undefined {
  const known: readonly Word<N>[] = words[name];
  return known.find((word) => word === text);
}
