import { REFERENCES } from './how-to-start.ts';

/** A command with its settings, and what comes of it. Everything else is as in Kong's how-to, on an empty database. */
export type CommandRow = {
  readonly words: readonly string[];
  /** In words, what is set besides. */
  readonly given?: string;
  /** `FOLDER`, here and in the words, is where the files are. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  /** What runs before the hand-over; absent for nothing at all, and then the vault is not asked. */
  readonly children?: readonly string[];
  /** The program and its words in the end; absent where it ends with the migrations. */
  readonly becomes?: string;
  readonly gets?: 'references' | 'values';
  /** 7, with which the program ends that it becomes, when absent. */
  readonly exitCode?: number | null;
};

const start = 'kong start'.split(' ');
const dockerStart = 'kong docker-start'.split(' ');
const bootstrapped = ['migrations bootstrap'];
const conf = 'FOLDER/kong.conf';
const bootstrappedWithConf = bootstrapped.map((step) => `${step} -c ${conf}`);
const files = { 'kong.conf': 'log_level = warn\n' };

function starts(words: readonly string[], becomes: string, row: Partial<CommandRow> = {}): CommandRow {
  return { words, becomes, children: bootstrapped, ...row };
}

function untouched(words: readonly string[], row: Partial<CommandRow> = {}): CommandRow {
  return { words, becomes: words.join(' '), ...row };
}

function withValues(command: string, exitCode = 7): CommandRow {
  return { words: command.split(' '), becomes: command, gets: 'values', exitCode };
}

function step(command: string, children: readonly string[], row: Partial<CommandRow> = {}): CommandRow {
  return { words: command.split(' '), children, exitCode: 0, ...row };
}

const startRows: readonly CommandRow[] = [
  starts(dockerStart, 'script.sh kong docker-start'),
  starts(start, 'kong start'),
  starts(['--', ...start], 'kong start'),
  starts('kong --vv start'.split(' '), 'kong --vv start'),
  starts('kong -p /nowhere start'.split(' '), 'kong -p /nowhere start'),
  starts('kong start --run-migrations -v'.split(' '), 'kong start -v'),
  starts(`kong start -c ${conf} -p /nowhere`.split(' '), `kong start -c ${conf} -p /nowhere`, {
    files,
    children: bootstrappedWithConf,
  }),
  untouched(start, { given: 'the policy off', variables: { KONG_ENTRYPOINT_MIGRATIONS: 'off' } }),
  untouched(['--migrations', 'off', ...dockerStart], { becomes: 'script.sh kong docker-start' }),
  untouched(start, {
    given: 'the policy off, and a database and a vault that are not there',
    variables: {
      KONG_ENTRYPOINT_MIGRATIONS: 'off',
      KONG_PG_PORT: '1',
      KONG_VAULT_AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    },
  }),
];

const stepRows: readonly CommandRow[] = [
  step('kong migrations bootstrap', bootstrapped),
  step('kong -v migrations bootstrap -q', ['migrations bootstrap -v -q', 'migrations status']),
  step(
    `kong migrations bootstrap --conf ${conf} -p /nowhere --lock-timeout 5`,
    [`migrations bootstrap --conf ${conf} --lock-timeout 5`],
    { files },
  ),
  ...['up', 'finish'].map((name) => step(`kong migrations ${name}`, [`migrations ${name}`], { exitCode: 1 })),
];

const valuesRows: readonly CommandRow[] = [
  withValues('kong migrations list', 3),
  withValues('kong --vv migrations list', 3),
  withValues('kong migrations --vv list', 3),
  withValues('kong migrations status', 0),
  withValues('kong migrations reset -y', 1),
  withValues('kong config db_import x.yaml'),
  withValues('kong -v config db_export'),
];

const otherRows: readonly CommandRow[] = [
  ...['version -a', 'health', 'prepare -p /nowhere', 'reload', 'vault get {vault://aws/a/b}', '--help'].map((words) =>
    untouched(`kong ${words}`.split(' ')),
  ),
  ...['start --help', '-h start', 'docker-start --help'].map((words) => untouched(`kong ${words}`.split(' '))),
  ...['up --help', 'bootstrap -h'].map((words) => untouched(`kong migrations ${words}`.split(' '), { exitCode: 0 })),
  untouched(['sh', '-c', 'echo "became sh with $KONG_PG_PASSWORD"; exit 9'], { becomes: 'sh', exitCode: 9 }),
  { words: ['sh', '-c', 'kill -TERM $$'], exitCode: null },
  { words: ['env', 'true', 'kong', 'start'], exitCode: 0 },
  { words: [], exitCode: 64 },
];

/** DB-less and data planes: the same for every command, wherever the setting stands. */
function withoutDatabase(key: string, off: string, on: string): readonly CommandRow[] {
  const variable = `KONG_${key.toUpperCase()}`;
  const variables = { [variable]: off };
  const given = `${variable}=${off}`;
  const inFiles = { 'kong.conf': `# how it runs\n${key} = ${off} # here\n`, value: `${off}\n` };
  const withConf = [...start, '-c', conf];
  return [
    untouched(start, { given, variables }),
    untouched(dockerStart, { given, variables, becomes: 'script.sh kong docker-start' }),
    untouched(['kong', 'migrations', 'bootstrap'], { given, variables, exitCode: 1 }),
    untouched(['kong', 'config', 'parse', 'x.yaml'], { given, variables }),
    untouched(dockerStart, {
      given: `${variable}_FILE with ${off}`,
      variables: { [`${variable}_FILE`]: 'FOLDER/value' },
      files: inFiles,
      becomes: 'script.sh kong docker-start',
    }),
    untouched(start, {
      given: `${variable}_FILE with ${off}, which Kong itself would not read, and the password in another`,
      variables: {
        [`${variable}_FILE`]: 'FOLDER/value',
        KONG_PG_PASSWORD: '',
        KONG_PG_PASSWORD_FILE: 'FOLDER/password',
      },
      files: { ...inFiles, password: REFERENCES.KONG_PG_PASSWORD },
    }),
    untouched(withConf, { given: `${key} = ${off} in it`, files: inFiles }),
    starts(withConf, withConf.join(' '), {
      given: `${key} = ${off} in it, and ${variable}=${on}`,
      variables: { [variable]: on },
      files: inFiles,
      children: bootstrappedWithConf,
    }),
  ];
}

export const commandRows: readonly CommandRow[] = [
  ...startRows,
  ...stepRows,
  ...valuesRows,
  ...otherRows,
  ...withoutDatabase('database', 'off', 'postgres'),
  ...withoutDatabase('role', 'data_plane', 'traditional'),
];
