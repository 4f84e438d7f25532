/** A command of Kong's beside a running open-source Kong that got values, and what comes of it. */
export type RunningRow = {
  /** `CONF` is a file with the references in it. */
  readonly command: string;
  /** Through kong-entrypoint: what its output has to say. */
  readonly says: RegExp;
  /** The same without kong-entrypoint, as `docker exec` runs it. */
  readonly byHand: { readonly exitCode: number; readonly says: RegExp };
  /** Whether Kong has ended afterwards. */
  readonly ends?: boolean;
  /** The row of docs/kong-commands.md. */
  readonly page: string;
};

const VALUE = '{vault://env/kong-entrypoint-value-pg-password}';
const REFERENCE = '{vault://aws/kong-gateway-database/pg_password}';

export const runningRows: readonly RunningRow[] = [
  {
    command: 'kong reload',
    says: /^Kong reloaded$/m,
    byHand: { exitCode: 1, says: /failed to dereference '\{vault:\/\/aws/ },
    page: '| `kong reload` | reloads, with the values of the start | fails, and writes references into `.kong_env` | reloads |',
  },
  {
    command: 'kong health',
    says: /^Kong is healthy at /m,
    byHand: { exitCode: 0, says: /^Kong is healthy at /m },
    page: '| `kong health` | works | works | works |',
  },
  {
    command: 'kong config db_export',
    says: /^db_export successful$/m,
    byHand: { exitCode: 1, says: /authentication|password|no PostgreSQL user name/i },
    page: '| `kong config db_export`, `db_import` | works | cannot log in | works, with values from us |',
  },
  {
    command: 'kong migrations list',
    says: /Executed migrations:|Database is up-to-date/,
    byHand: { exitCode: 1, says: /authentication|password|no PostgreSQL user name/i },
    page: '| `kong migrations list`, `status`, `reset` | works | cannot log in | works, with values from us |',
  },
  {
    command: 'kong check CONF',
    says: /is valid$/m,
    byHand: { exitCode: 1, says: /failed to dereference '\{vault:\/\/aws/ },
    page: '| `kong check FILE` | works | fails at the first reference | works |',
  },
  {
    command: `kong vault get ${VALUE}`,
    says: /^kong_gateway|\S/m,
    byHand: { exitCode: 1, says: /unable to load value/ },
    page: '| `kong vault get {vault://env/kong-entrypoint-value-...}` | prints the value | there is no such variable | - |',
  },
  {
    command: 'kong quit',
    says: /^Kong stopped$/m,
    byHand: { exitCode: 0, says: /^Kong stopped$/m },
    ends: true,
    page: '| `kong quit`, `kong stop` | works, and the container ends | the same | the same |',
  },
  {
    command: 'kong stop',
    says: /^Kong stopped$/m,
    byHand: { exitCode: 0, says: /^Kong stopped$/m },
    ends: true,
    page: '| `kong quit`, `kong stop` | works, and the container ends | the same | the same |',
  },
];

/** What says the same with us and without, and both go on: Kong's version, its help, and a vault that this Kong does not have. */
export const sameRows: readonly { readonly command: string; readonly exitCode: number; readonly says: RegExp }[] = [
  { command: 'kong version', exitCode: 0, says: /^\d+\.\d+\.\d+/m },
  { command: 'kong --help', exitCode: 0, says: /^Usage: kong COMMAND/m },
  { command: `kong vault get ${REFERENCE}`, exitCode: 1, says: /could not find vault \(aws\)/ },
];

/** Beside an Enterprise Kong that got references: through kong-entrypoint each succeeds, and says this. */
export const enterpriseRows: readonly Pick<RunningRow, 'command' | 'says' | 'ends'>[] = [
  { command: 'kong reload', says: /^Kong reloaded$/m },
  { command: 'kong health', says: /^Kong is healthy at /m },
  { command: 'kong config db_export', says: /^db_export successful$/m },
  { command: 'kong migrations list', says: /Executed migrations:|Database is up-to-date/ },
  { command: 'kong check CONF', says: /is valid$/m },
  { command: `kong vault get ${REFERENCE}`, says: /^correct horse battery staple$/m },
  { command: 'kong prepare', says: /^/ },
  { command: 'kong version', says: /^Kong Enterprise / },
  { command: 'kong quit', says: /^Kong stopped$/m, ends: true },
  { command: 'kong stop', says: /^Kong stopped$/m, ends: true },
];

/** Rows of the page whose commands have a test of their own. */
export const otherPageRows = [
  `| \`kong vault get ${REFERENCE}\` | this Kong has no such backend | the same | prints the value |`,
  '| `kong restart` | Kong stops, and the container ends with it | the same | the same |',
  '| `kong start`, `kong docker-start` | a start of its own | fails, as Kong alone does | a start of its own |',
  '| `kong prepare` | prepares, with the values of the start | writes references into `.kong_env` | prepares |',
  '| `kong version`, `kong hybrid`, `--help` | executed untouched | the same | the same |',
] as const;
