import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { exitCodes } from '../../scripts/docs/exit-codes.ts';
import { helpText } from '../../src/cli/help.ts';
import { createLog } from '../../src/log.ts';
import { adminVariables } from '../../src/settings/admin-settings.ts';
import { migratorVariables } from '../../src/settings/migrator-settings.ts';
import { type SettingRow, settingsTable } from '../../src/settings/settings-table.ts';

/*
 * What docs/releasing.md promises of versions 1.x. There may be more; what is here stays, with its default, until 2.0.0. Whoever has to
 * change a row here makes a new major version.
 */
const settings: readonly (readonly [option: string, variable: string, ...values: string[]])[] = [
  ['--migrations', 'KONG_ENTRYPOINT_MIGRATIONS', 'bootstrap', 'up', 'finish', 'wait', 'off'],
  ['--handover', 'KONG_ENTRYPOINT_HANDOVER', 'references', 'values'],
  ['--start', 'KONG_ENTRYPOINT_START', 'auto', 'image', 'native'],
  ['--program', 'KONG_ENTRYPOINT_PROGRAM', '/entrypoint.sh or /docker-entrypoint.sh'],
  ['--fast-path', 'KONG_ENTRYPOINT_FAST_PATH', 'on', 'off'],
  ['--database-timeout', 'KONG_ENTRYPOINT_DATABASE_TIMEOUT', '60s'],
  ['--timeout', 'KONG_ENTRYPOINT_TIMEOUT', '15m'],
  ['--migrations-timeout', 'KONG_ENTRYPOINT_MIGRATIONS_TIMEOUT', '0'],
  ['--grace', 'KONG_ENTRYPOINT_GRACE', '8s'],
  ['--provision', 'KONG_ENTRYPOINT_PROVISION', 'off', 'on', 'sync'],
  ['--log-format', 'KONG_ENTRYPOINT_LOG_FORMAT', 'text', 'json'],
  ['--log-level', 'KONG_ENTRYPOINT_LOG_LEVEL', 'info', 'debug', 'warn', 'error'],
];
const credentials = [
  'KONG_ENTRYPOINT_ADMIN_PG_USER',
  'KONG_ENTRYPOINT_ADMIN_PG_PASSWORD',
  'KONG_ENTRYPOINT_ADMIN_PG_DATABASE',
  'KONG_ENTRYPOINT_MIGRATOR_PG_USER',
  'KONG_ENTRYPOINT_MIGRATOR_PG_PASSWORD',
];
const printed = ['--plan', '--check', '--iam-policy', '--output text|json', '--help', '--version'];
const codes = ['64', '65', '66', '70', '71', '75', '77', '78', '126', '127', '128 + n', "the child's"];
/** Of what `--output json` prints, whatever was asked; `version` is that of the form itself. */
const fields = {
  plan: [
    'version command kong steps migrations handover database',
    'references requests blanked becomes warnings problems',
  ],
  check: ['version command checks warnings exitCode'],
} as const;
const golden = new URL('../end-to-end/diagnostics/golden/', import.meta.url);

function valuesOf({ takes }: SettingRow): readonly string[] {
  if ('duration' in takes) return [takes.duration];
  return 'text' in takes ? [takes.text] : takes.words;
}

describe('what is stable from 1.0.0 on:', () => {
  for (const [option, variable, ...values] of settings) {
    test(`${option}, ${variable}, its default ${values[0]} and its values`, () => {
      const row = settingsTable.find((one) => one.option === option);
      assert.equal(row?.variable, variable);
      const now = valuesOf(row);
      assert.equal(now[0], values[0]);
      assert.deepEqual(
        values.filter((value) => !now.includes(value)),
        [],
      );
    });
  }

  test('every setting of the table is promised', () => {
    assert.deepEqual(
      settingsTable.map(({ option }) => option),
      settings.map(([option]) => option),
    );
  });

  test('the variables of the two other roles', () => {
    const now = [...adminVariables, ...migratorVariables];
    assert.deepEqual(
      credentials.filter((name) => !now.includes(name)),
      [],
    );
  });

  test('the options that print and exit', () => {
    for (const option of printed) assert.ok(helpText().includes(option), option);
  });

  test('the exit codes', () => {
    assert.deepEqual(
      exitCodes.map(({ code }) => code),
      codes,
    );
  });

  for (const [report, names] of Object.entries(fields)) {
    test(`the fields of --${report} --output json`, () => {
      const files = readdirSync(golden).filter((file) => file.endsWith(`.${report}.json.txt`));
      assert.ok(files.length > 5);
      for (const file of files) {
        const now = JSON.parse(readFileSync(new URL(file, golden), 'utf8').replace(/^exit code \d+$/m, ''));
        assert.equal(now.version, 1, file);
        for (const name of names.join(' ').split(' ')) assert.ok(name in now, `${file}: ${name}`);
      }
    });
  }

  test('the fields of a line of --log-format json', () => {
    const lines: string[] = [];
    const log = createLog({ format: 'json', level: 'info', now: () => 0, write: (line) => lines.push(line) });
    log.info('ready');
    assert.deepEqual(Object.keys(JSON.parse(lines.join(''))), ['time', 'level', 'program', 'message']);
  });
});
