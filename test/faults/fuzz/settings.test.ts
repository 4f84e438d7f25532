import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readCommandLine } from '../../../src/cli/command-line.ts';
import { createLineReader } from '../../../src/process/lines.ts';
import { createMask } from '../../../src/process/mask.ts';
import { Secret } from '../../../src/secret.ts';
import { readEntrypointSettings } from '../../../src/settings/entrypoint-settings.ts';
import { parseEnvironmentBlock } from '../../../src/settings/environment.ts';
import { parseKongConf } from '../../../src/settings/kong-conf.ts';
import { readKongSettings } from '../../../src/settings/kong-settings.ts';
import { settingsTable } from '../../../src/settings/settings-table.ts';
import { fuzz, orRefused } from './fuzz.ts';

const conf = fc.string({ unit: fc.constantFrom(...'ab_=#\\ \t\r\n[];0x1e.+-kBé\0{}:/'), maxLength: 120 });
const text = fc.oneof(conf, fc.string({ unit: 'binary', maxLength: 120 }));

fuzz('a kong.conf of any text is read or refused', 2000, text, (file) => {
  const settings = orRefused(() => parseKongConf(file));
  for (const value of Object.values(settings ?? {})) assert.equal(typeof value, 'string');
});

const plainValue = fc.stringMatching(/^[a-z/@:{}$"'](?:[a-z0-9 =/@:{}$"'-]{0,30}[a-z/])?$/).filter(isNoNumber);
const plainConf = fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/), plainValue);

fuzz('a kong.conf that was written is read as what it was', 1000, plainConf, (settings) => {
  const lines = Object.entries(settings).map(([key, value]) => `${key} = ${value} # said so`);
  assert.deepEqual({ ...parseKongConf(lines.join('\n')) }, { ...settings });
});

/** Lua reads `inf`, `nan` and `0x1p4` as numbers, and Kong writes those again. */
function isNoNumber(value: string): boolean {
  return !/^[-+]?(?:inf|nan)/i.test(value);
}

const keys = [
  'DATABASE',
  'PG_HOST',
  'PG_PORT',
  'PG_SSL',
  'PG_PASSWORD',
  'PLUGINS',
  'VAULTS',
  'ROLE',
  'PG_TIMEOUT',
  'x',
];
const environment = fc.dictionary(fc.constantFrom(...keys.map((key) => `KONG_${key}`)), text);

fuzz('settings of any text are typed or refused', 1500, fc.tuple(environment, text), ([variables, confText]) => {
  orRefused(() => readKongSettings({ environment: variables, confText }));
});

const names = settingsTable.flatMap(({ option, variable }) => [option, variable]);
const ours = fc.dictionary(fc.constantFrom(...names, 'KONG_ENTRYPOINT_X'), text);

fuzz('settings of ours of any text are taken or told of', 1000, ours, (given) => {
  const { settings, problems } = readEntrypointSettings(new Map(Object.entries(given)), given);
  assert.ok(Number.isInteger(settings.timeout) && problems.every(({ hint }) => hint !== ''));
});

const option = fc.constantFrom(...names, '--', '-h', '--plan', '--output', '--output=json', '-', '', 'kong');
const argv = fc.array(fc.oneof(option, text), { maxLength: 8 });

fuzz('a command line of any words is read or refused', 1000, argv, (words) => {
  const read = orRefused(() => readCommandLine(words));
  if (read?.kind === 'command' && read.diagnosis === undefined) {
    assert.deepEqual(read.words, words.slice(words.length - read.words.length), 'the command is the end of the words');
  }
});

const block = fc.dictionary(
  fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,20}$/),
  fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0')),
);

fuzz('an environment that was written is read as what it was', 500, block, (variables) => {
  const bytes = Object.entries(variables).map(([name, value]) => `${name}=${value}\0`);
  const snapshot = parseEnvironmentBlock(Buffer.from(bytes.join('')));
  assert.deepEqual({ ...snapshot.variables }, { ...variables });
});

/** Some are longer than the 64 KiB of a line that are held. */
const around = fc
  .tuple(fc.string({ unit: fc.constantFrom(...'ab\n "'), maxLength: 12 }), fc.constantFrom(0, 1, 100, 8000))
  .map(([part, times]) => part.repeat(times));
const printed = fc.record({
  secret: fc.string({ unit: fc.constantFrom(...'ab"\\% é'), minLength: 4, maxLength: 12 }),
  around: fc.array(around, { minLength: 2, maxLength: 4 }),
  offset: fc.nat({ max: 12 }),
});

fuzz('output that holds a secret is masked, wherever it is cut', 1000, printed, ({ secret, around, offset }) => {
  const mask = createMask([new Secret(secret)]);
  let passed = '';
  const { apply, safeLength } = mask;
  const reader = createLineReader({ mask: apply, safeLength, onText: (part) => (passed += part) });
  const bytes = Buffer.from(around.join(secret));
  const cut = Buffer.byteLength(around[0] ?? '') + offset;
  reader.push(bytes.subarray(0, cut));
  reader.push(bytes.subarray(cut));
  reader.end();
  assert.ok(!Buffer.from(passed, 'latin1').includes(secret), 'the secret came through');
});
