import assert from 'node:assert/strict';
import { test } from 'node:test';
import { helpText } from '../../src/cli/help.ts';
import { SettingError, SeveralErrors } from '../../src/errors.ts';
import { createLog } from '../../src/log.ts';
import { parseDuration } from '../../src/settings/duration.ts';
import { readEntrypointSettings } from '../../src/settings/entrypoint-settings.ts';
import { parseEnvironmentBlock, snapshotEnvironment } from '../../src/settings/environment.ts';
import { readSettings } from '../../src/settings/read-settings.ts';
import { settingsTable } from '../../src/settings/settings-table.ts';

const durations: readonly (readonly [text: string, milliseconds: number | undefined])[] = [
  ['500ms', 500],
  ['60s', 60_000],
  ['60', 60_000],
  ['1.5s', 1500],
  ['15m', 900_000],
  ['1h', 3_600_000],
  ['0', 0],
  ['', undefined],
  ['-1s', undefined],
  ['1d', undefined],
  ['1 s', undefined],
  ['1e3', undefined],
  ['99999999h', undefined],
  ['NaN', undefined],
];

for (const [text, milliseconds] of durations) {
  test(`the duration ${JSON.stringify(text)} is ${milliseconds === undefined ? 'refused' : `${milliseconds} ms`}`, () => {
    assert.equal(parseDuration(text), milliseconds);
  });
}

test('without anything set, the defaults are those that the table shows', () => {
  const { settings, problems } = readEntrypointSettings(new Map(), {});
  assert.deepEqual(problems, []);
  for (const { name, takes } of settingsTable) {
    if ('words' in takes && name !== 'logLevel') assert.equal(settings[name], takes.words[0], name);
    if ('duration' in takes) assert.equal(settings[name], parseDuration(takes.duration), name);
  }
  assert.equal(settings.logLevel, undefined, 'the level then follows KONG_LOG_LEVEL');
});

test('an option wins over its variable, and an empty variable is unset', () => {
  const environment = { KONG_ENTRYPOINT_MIGRATIONS: 'up', KONG_ENTRYPOINT_GRACE: '', KONG_ENTRYPOINT_TIMEOUT: '5m' };
  const { settings } = readEntrypointSettings(new Map([['--migrations', 'finish']]), environment);
  assert.equal(settings.migrations, 'finish');
  assert.equal(settings.grace, 8000);
  assert.equal(settings.timeout, 300_000);
  assert.deepEqual([...settings.given].sort(), ['migrations', 'timeout']);
});

const lines: string[] = [];
const log = createLog({ format: 'text', level: 'warn', now: Date.now, write: (line) => void lines.push(line) });
const given = { options: new Map<string, string>(), words: ['true'] as const, self: undefined, log };

test('variables that Kubernetes sets for a Service of our name are told of as such', () => {
  const hint =
    'Kubernetes sets it for a Service whose name begins with kong-entrypoint: set enableServiceLinks: false in the pod, or rename the Service';
  const linked = ['SERVICE_HOST', 'SERVICE_PORT', 'SERVICE_PORT_ADMIN', 'PORT', 'PORT_8001_TCP', 'PORT_8001_TCP_ADDR'];
  for (const name of linked) {
    const { problems } = readEntrypointSettings(new Map(), { [`KONG_ENTRYPOINT_${name}`]: '10.0.0.1' });
    const subject = `KONG_ENTRYPOINT_${name}`;
    assert.deepEqual(problems, [{ subject, message: 'there is no such setting', hint }]);
  }
  const { problems } = readEntrypointSettings(new Map(), { KONG_ENTRYPOINT_REPORT: 'on' });
  assert.match(problems[0]?.hint ?? '', /^check the spelling; the settings are KONG_ENTRYPOINT_MIGRATIONS, /);
});

test('a variable that is set twice with different values is told of by its name, and no value is', () => {
  lines.length = 0;
  readSettings({ ...given, snapshot: parseEnvironmentBlock(Buffer.from('A=hunter2\0B=1\0A=hunter3\0B=1\0')) });
  assert.deepEqual(lines, [
    'kong-entrypoint: warn: A is set twice in the environment with different values; the last one is used\n',
  ]);
});

test('every problem of ours is told at once, and none of them shows a value', () => {
  const variables = {
    KONG_ENTRYPOINT_MIGRATION: 'up',
    KONG_ENTRYPOINT_GRACE: 'hunter2',
    KONG_ENTRYPOINT_HANDOVER: 'hunter2',
    KONG_ENTRYPOINT_VALUE_PG_PASSWORD: 'hunter2',
  };
  assert.throws(
    () => readSettings({ ...given, snapshot: { variables, notUtf8: ['KONG_X'], duplicated: [] } }),
    (error) => {
      assert.ok(error instanceof SeveralErrors);
      assert.deepEqual(error.errors.map(({ subject }) => subject).sort(), [
        'KONG_ENTRYPOINT_GRACE',
        'KONG_ENTRYPOINT_HANDOVER',
        'KONG_ENTRYPOINT_MIGRATION',
        'KONG_X',
      ]);
      assert.ok(
        error.errors.every((one) => one instanceof SettingError && !`${one.message}${one.hint}`.includes('hunter2')),
      );
      return error.exitCode === 78;
    },
  );
});

test('the help fits a terminal of 80 columns by 24 lines and names every option', () => {
  const lines = helpText().trimEnd().split('\n');
  assert.ok(lines.length <= 24, `${lines.length} lines`);
  assert.deepEqual(
    lines.filter((line) => line.length > 80),
    [],
  );
  for (const { option } of settingsTable) assert.ok(helpText().includes(option), option);
});

test('the environment block is read byte by byte: order, empty values, equals signs, __proto__', () => {
  const block = Buffer.from('B=2\0A=1=x\0EMPTY=\0__proto__=p\0LINES=a\nb\0WORD=ü\0no equals\0=x\0', 'utf8');
  const { variables, notUtf8, duplicated } = parseEnvironmentBlock(block);
  assert.deepEqual(Object.entries(variables), [
    ['B', '2'],
    ['A', '1=x'],
    ['EMPTY', ''],
    ['__proto__', 'p'],
    ['LINES', 'a\nb'],
    ['WORD', 'ü'],
  ]);
  assert.deepEqual([notUtf8, duplicated], [[], []]);
});

test('bytes that are not UTF-8 are found, and a replacement character that was there already is not', () => {
  const block = Buffer.concat([Buffer.from('BAD=a'), Buffer.from([0xff, 0]), Buffer.from('GOOD=\ufffd\0', 'utf8')]);
  assert.deepEqual(parseEnvironmentBlock(block).notUtf8, ['BAD']);
});

test('of a variable that is set twice the last counts, as in a shell, and it is told if they differ', () => {
  const { variables, duplicated } = parseEnvironmentBlock(Buffer.from('A=1\0B=1\0A=2\0B=1\0'));
  assert.deepEqual([{ ...variables }, duplicated], [{ A: '2', B: '1' }, ['A']]);
});

test('without /proc a variable with a replacement character is suspect', () => {
  assert.deepEqual(snapshotEnvironment({ A: '1', B: 'x\ufffd', C: undefined }).notUtf8, ['B']);
});
