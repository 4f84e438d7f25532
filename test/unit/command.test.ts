import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCommandLine } from '../../src/cli/command-line.ts';
import { UsageError } from '../../src/errors.ts';
import { readCommand } from '../../src/settings/command.ts';

type Row = readonly [words: string, expected: Record<string, unknown>];

const commands: readonly Row[] = [
  ['kong docker-start', { kind: 'start', name: 'docker-start', runsMigrations: false, conf: undefined }],
  ['kong start', { kind: 'start', name: 'start' }],
  ['/usr/local/bin/kong start', { kind: 'start', name: 'start' }],
  ['kong --vv start', { kind: 'start', name: 'start' }],
  ['kong start -c /etc/my.conf', { kind: 'start', conf: '/etc/my.conf' }],
  ['kong start --conf=/etc/my.conf', { kind: 'start', conf: '/etc/my.conf' }],
  ['kong -c/etc/my.conf start', { kind: 'start', conf: '/etc/my.conf' }],
  ['kong -c start start', { kind: 'start', conf: 'start' }],
  ['kong -p /prefix start', { kind: 'start', conf: undefined }],
  ['kong start --run-migrations --vv', { kind: 'start', runsMigrations: true, words: ['kong', 'start', '--vv'] }],
  ['kong migrations bootstrap', { kind: 'migrations', step: 'bootstrap', arguments: [] }],
  ['kong migrations up --lock-timeout 5', { kind: 'migrations', step: 'up', arguments: ['--lock-timeout', '5'] }],
  [
    'kong --v migrations -c /x finish -q',
    { kind: 'migrations', step: 'finish', conf: '/x', arguments: ['--v', '-c', '/x', '-q'] },
  ],
  ['kong migrations bootstrap -p /my/prefix --vv', { kind: 'migrations', arguments: ['--vv'] }],
  ['kong migrations bootstrap --prefix=/my/prefix', { kind: 'migrations', arguments: [] }],
  ['kong migrations list', { kind: 'values' }],
  ['kong migrations reset --yes', { kind: 'values' }],
  ['kong migrations', { kind: 'values' }],
  ['kong config db_import kong.yml', { kind: 'values' }],
  ['kong version', { kind: 'other' }],
  ['kong start --help', { kind: 'other' }],
  ['kong docker-start -h', { kind: 'other' }],
  ['kong --help start', { kind: 'other' }],
  ['kong migrations up --help', { kind: 'other' }],
  ['kong migrations bootstrap -h --vv', { kind: 'other' }],
  ['kong config db_import --help', { kind: 'other' }],
  ['kong start -c -h', { kind: 'start', conf: '-h' }],
  ['kong start --helpful', { kind: 'start' }],
  ['kong', { kind: 'other' }],
  ['kong health', { kind: 'other' }],
  ['sh -c start', { kind: 'other' }],
  ['kongctl start', { kind: 'other' }],
];

for (const [words, expected] of commands) {
  test(`${words} is read as ${JSON.stringify(expected)}`, () => {
    const [first = '', ...rest] = words.split(' ');
    assert.partialDeepStrictEqual(readCommand([first, ...rest], 'references'), {
      words: [first, ...rest],
      ...expected,
    });
  });
}

const commandsOfValues: readonly Row[] = [
  ...['reload', 'health', 'config db_export', 'quit', 'stop', 'restart', 'vault get {vault://env/a}', 'prepare'].map(
    (words): Row => [`kong ${words}`, { kind: 'running' }],
  ),
  ['kong reload -c /x', { kind: 'running', conf: '/x' }],
  ['kong check /x', { kind: 'running', conf: '/x' }],
  ['kong start', { kind: 'start' }],
  ['kong migrations up', { kind: 'migrations' }],
  ['kong migrations list', { kind: 'values' }],
  ['kong version', { kind: 'other' }],
  ['kong reload --help', { kind: 'other' }],
  ['kong', { kind: 'other' }],
  ['sh -c reload', { kind: 'other' }],
];

for (const [words, expected] of commandsOfValues) {
  test(`with --handover values ${words} is read as ${JSON.stringify(expected)}`, () => {
    const [first = '', ...rest] = words.split(' ');
    assert.partialDeepStrictEqual(readCommand([first, ...rest], 'values'), expected);
  });
}

test('options of ours end where the command begins, and a later one wins', () => {
  const read = readCommandLine([
    '--migrations',
    'up',
    '--grace=2s',
    '--migrations',
    'off',
    'kong',
    'start',
    '--migrations',
    'x',
  ]);
  assert.deepEqual(read, {
    kind: 'command',
    diagnosis: undefined,
    options: new Map([
      ['--migrations', 'off'],
      ['--grace', '2s'],
    ]),
    words: ['kong', 'start', '--migrations', 'x'],
  });
});

test('a double dash ends our options', () => {
  assert.partialDeepStrictEqual(readCommandLine(['--grace', '1s', '--', '--version']), { words: ['--version'] });
});

const usageErrors: readonly (readonly [argv: readonly string[], message: string])[] = [
  [[], 'no command was given'],
  [['--grace', '1s'], 'no command was given'],
  [['--'], 'no command was given'],
  [['--grace'], '--grace needs a value'],
  [['--migration', 'up', 'kong'], 'unknown option --migration'],
  [['-x=secret', 'kong'], 'unknown option -x'],
];

for (const [argv, message] of usageErrors) {
  test(`the command line ${JSON.stringify(argv)} is a usage error: ${message}`, () => {
    assert.throws(
      () => readCommandLine(argv),
      (error) => error instanceof UsageError && error.message === message && error.exitCode === 64,
    );
  });
}

test('--help and --version need no command', () => {
  assert.deepEqual(readCommandLine(['--help']), { kind: 'help' });
  assert.deepEqual(readCommandLine(['--grace', '1s', '--version']), { kind: 'version' });
});
