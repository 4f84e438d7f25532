import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { buildValuesEnvironment } from '../../../src/handover/values.ts';
import { listenForStop } from '../../../src/process/stop.ts';
import { knowSettings } from '../../../src/references/known-settings.ts';
import { parseReference } from '../../../src/references/reference.ts';
import { readSecretKey } from '../../../src/references/secret-object.ts';
import { readSecretValue } from '../../../src/references/secret-value.ts';
import { Secret } from '../../../src/secret.ts';
import { readAdminSettings } from '../../../src/settings/admin-settings.ts';
import { parseKongConf } from '../../../src/settings/kong-conf.ts';
import { readKongConfiguration } from '../../../src/settings/kong-configuration.ts';
import { readStartSettings } from '../../../src/settings/read-settings.ts';
import { describeErrors } from './told.ts';

describeErrors('a reference', [
  [
    'is none',
    () => parseReference('vault://aws/secret'),
    '78 not a vault reference | write {vault://<backend>/<secret>/<key>}, as in {vault://aws/kong-gateway-database/pg_password}',
  ],
  [
    'names no backend',
    () => parseReference('{vault:///secret}'),
    '78 no vault backend is named in {vault:///secret} | name the backend after {vault://, as in {vault://aws/kong-gateway-database/pg_password}',
  ],
  [
    'names no secret',
    () => parseReference('{vault://aws}'),
    '78 no secret is named in {vault://aws} | write {vault://<backend>/<secret>/<key>}, as in {vault://aws/kong-gateway-database/pg_password}',
  ],
  [
    'has a path of slashes',
    () => parseReference('{vault://aws//}'),
    '78 the path is only slashes in {vault://aws//} | write {vault://<backend>/<secret>/<key>}, as in {vault://aws/kong-gateway-database/pg_password}',
  ],
  [
    'has a version that is not a number',
    () => parseReference('{vault://aws/secret#two}'),
    '78 what follows the # is not a number in {vault://aws/secret#two} | options go before the version: {vault://<backend>/<secret>/<key>?<option>=<value>#2}',
  ],
]);

const found = {
  setting: { key: 'pg_password', text: '', origin: { kind: 'variable', variable: 'KONG_PG_PASSWORD' } },
  text: '{vault://env/password}',
  element: undefined,
} as const;

describeErrors('a value', [
  [
    'is what Kong takes for none',
    () => readSecretKey('\0', undefined),
    '65 the vault holds something that Kong does not accept as a value | store the value again, as a non-empty string',
  ],
  [
    'holds a NUL byte',
    () =>
      readSecretValue(new Secret('hunter2\0hunter2'), {
        found,
        request: { secretKey: undefined, base64Decode: false } as never,
        handover: 'references',
      }),
    '65 the value holds a NUL byte, which no setting can | store the value as text',
  ],
]);

const folder = mkdtempSync(join(tmpdir(), 'errors-'));
after(() => rmSync(folder, { recursive: true }));
const empty = join(folder, 'empty');
writeFileSync(empty, '');

const user = { KONG_ENTRYPOINT_ADMIN_PG_USER: 'admin' };
const password = 'KONG_ENTRYPOINT_ADMIN_PG_PASSWORD';
const adminError = (environment: Readonly<Record<string, string>>) =>
  readAdminSettings({ ...user, ...environment }).errors[0];

describeErrors(
  'the password of the admin',
  [
    [
      'is given twice',
      () => adminError({ [password]: '{vault://env/x}', [`${password}_FILE`]: '/run/secrets/x' }),
      '78 KONG_ENTRYPOINT_ADMIN_PG_PASSWORD: KONG_ENTRYPOINT_ADMIN_PG_PASSWORD and KONG_ENTRYPOINT_ADMIN_PG_PASSWORD_FILE are both set | give a reference such as {vault://aws/rds!db-.../password}, or the path of a file in KONG_ENTRYPOINT_ADMIN_PG_PASSWORD_FILE',
    ],
    [
      'is not given',
      () => adminError({}),
      '78 KONG_ENTRYPOINT_ADMIN_PG_PASSWORD: it is not set, and provisioning needs it | give a reference such as {vault://aws/rds!db-.../password}, or the path of a file in KONG_ENTRYPOINT_ADMIN_PG_PASSWORD_FILE',
    ],
    [
      'is a text',
      () => adminError({ [password]: 'hunter2' }),
      "78 KONG_ENTRYPOINT_ADMIN_PG_PASSWORD: the value is not a reference, and would stay in Kong's environment | give a reference such as {vault://aws/rds!db-.../password}, or the path of a file in KONG_ENTRYPOINT_ADMIN_PG_PASSWORD_FILE",
    ],
    [
      'is an empty file',
      () => adminError({ [`${password}_FILE`]: empty }),
      '78 KONG_ENTRYPOINT_ADMIN_PG_PASSWORD_FILE (/empty): the file is empty | write the value into it, or a reference',
    ],
  ],
  folder,
);

describeErrors('what is read', [
  [
    'has a section without a name',
    () => parseKongConf('[]\n'),
    '78 a section line has no name between its brackets | Kong cannot read such a file either: remove the line that begins with "[", or write "[name]"',
  ],
  [
    'has bytes that are not UTF-8',
    () => readStartSettings(new Map(), { variables: {}, notUtf8: ['KONG_ODD'], duplicated: [] }).problems[0],
    '78 KONG_ODD: the value holds bytes that are not UTF-8, and would not reach Kong unchanged | write the value in UTF-8, or encode it (base64) where its reader allows that',
  ],
]);

const inFile = (name: string, content: string | Buffer) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return readKongConfiguration({ environment: { KONG_PG_PASSWORD_FILE: path }, conf: empty }).problems[0];
};

describeErrors(
  'a file in place of a variable',
  [
    [
      'has bytes that are not UTF-8',
      () => inFile('odd', Buffer.from([0x68, 0xff, 0x32])),
      '78 KONG_PG_PASSWORD_FILE (/odd): the value holds bytes that are not UTF-8, and would not reach Kong unchanged | write the value in UTF-8, or encode it (base64) where its reader allows that',
    ],
    [
      'holds a NUL',
      () => inFile('nul', 'hunter2\0'),
      '78 KONG_PG_PASSWORD_FILE (/nul): the value holds a NUL byte, which no variable can | store it as text',
    ],
    [
      'is too long',
      () => inFile('long', 'hunter2'.repeat(20_000)),
      '78 KONG_PG_PASSWORD_FILE (/long): the value is longer than the 128 KiB that a variable can hold | give the path of a file where the setting takes one, such as a certificate',
    ],
    [
      "holds the admin's password, not in UTF-8",
      () => {
        writeFileSync(join(folder, 'odd-admin'), Buffer.from([0xc3, 0x28]));
        return adminError({ [`${password}_FILE`]: join(folder, 'odd-admin') });
      },
      '78 KONG_ENTRYPOINT_ADMIN_PG_PASSWORD_FILE (/odd-admin): the value holds bytes that are not UTF-8, and would not reach Kong unchanged | write the value in UTF-8, or encode it (base64) where its reader allows that',
    ],
  ],
  folder,
);

test('a file that says U+FFFD itself is text like any other', () => {
  assert.equal(inFile('fffd', 'hunter\ufffd'), undefined);
});

describeErrors('a start', [
  [
    'is stopped',
    () => {
      const { signal } = listenForStop();
      process.emit('SIGHUP', 'SIGHUP');
      return signal.reason;
    },
    '129 stopped by SIGHUP | nothing was handed over; start the container again to go on',
  ],
  [
    'would hand values over through a backend that is excluded',
    () => {
      const vaults = { key: 'vaults', text: 'aws', origin: { kind: 'variable', variable: 'KONG_VAULTS' } } as const;
      const settings = new Map([['vaults', vaults]]);
      return buildValuesEnvironment({}, settings, knowSettings({ settings }));
    },
    '78 KONG_VAULTS: the env backend is excluded, and --handover values gives Kong its values through it | add env to KONG_VAULTS, or leave it at bundled',
  ],
]);
