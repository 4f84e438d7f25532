import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gatherSettings } from '../../src/settings/gather-settings.ts';
import { refusedByKong } from '../../src/settings/refused-by-kong.ts';
import { describeErrors } from './errors/told.ts';

type Variables = Readonly<Record<string, string>>;

function refused(environment: Variables) {
  return refusedByKong({ ...gatherSettings({ environment }), kongVersion: environment['KONG_VERSION'] });
}

const unverifiedPg = { KONG_PG_SSL: 'on', KONG_PG_SSL_VERIFY: 'off' };
const unverifiedHcv = { KONG_VAULT_HCV_PROTOCOL: 'https', KONG_VAULT_HCV_SSL_VERIFY: 'off' };

describe('what this version of Kong refuses', () => {
  const rows: readonly (readonly [situation: string, environment: Variables, keys: readonly string[]])[] = [
    ['nothing where PostgreSQL is not verified, before 3.14', { ...unverifiedPg, KONG_VERSION: '3.13.0.1' }, []],
    ['PostgreSQL that is not verified, from 3.14 on', { ...unverifiedPg, KONG_VERSION: '3.14.0.0' }, ['pg_ssl_verify']],
    ['the same in 3.15', { ...unverifiedPg, KONG_VERSION: '3.15.0.0' }, ['pg_ssl_verify']],
    ['nothing where the version is not known', unverifiedPg, []],
    [
      'but that, where the setting of 3.13 and later is on',
      { ...unverifiedPg, KONG_TLS_CERTIFICATE_VERIFY: 'on' },
      ['pg_ssl_verify'],
    ],
    [
      'the default of 3.13, where the check is on',
      { KONG_PG_SSL: 'on', KONG_TLS_CERTIFICATE_VERIFY: 'on', KONG_VERSION: '3.13.0.0' },
      ['pg_ssl_verify'],
    ],
    [
      'nothing before 3.13, which does not know the check',
      { ...unverifiedPg, KONG_TLS_CERTIFICATE_VERIFY: 'on', KONG_VERSION: '3.12.0.0' },
      [],
    ],
    [
      'nothing where the check is off',
      { ...unverifiedPg, ...unverifiedHcv, KONG_TLS_CERTIFICATE_VERIFY: 'off', KONG_VERSION: '3.14.0.0' },
      [],
    ],
    ['nothing by default', { KONG_PG_SSL: 'on', KONG_VERSION: '3.14.0.0' }, []],
    ['nothing without TLS', { KONG_PG_SSL: 'off', KONG_PG_SSL_VERIFY: 'off', KONG_VERSION: '3.14.0.0' }, []],
    ['nothing that is not known yet', { ...unverifiedPg, KONG_PG_SSL: '{vault://env/x}', KONG_VERSION: '3.14' }, []],
    [
      'nor a check that is not known yet',
      { KONG_PG_SSL: 'on', KONG_PG_SSL_VERIFY: '{vault://env/x}', KONG_VERSION: '3.14' },
      [],
    ],
    ['Vault that is not verified', { ...unverifiedHcv, KONG_VERSION: '3.14.0.0' }, ['vault_hcv_ssl_verify']],
    [
      'Vault over plain http',
      { KONG_VAULT_HCV_PROTOCOL: 'http', KONG_VAULT_HCV_SSL_VERIFY: 'off', KONG_VERSION: '3.14.0.0' },
      [],
    ],
    ['Vault over https by default', { KONG_VAULT_HCV_PROTOCOL: 'https', KONG_VERSION: '3.14.0.0' }, []],
    ['Vault whose check is ON', { ...unverifiedHcv, KONG_VAULT_HCV_SSL_VERIFY: 'ON', KONG_VERSION: '3.14.0.0' }, []],
    [
      'both at once',
      { ...unverifiedPg, ...unverifiedHcv, KONG_VERSION: '3.14.0.0' },
      ['pg_ssl_verify', 'vault_hcv_ssl_verify'],
    ],
  ];
  for (const [situation, environment, keys] of rows) {
    test(situation, () =>
      assert.deepEqual(
        refused(environment).map(({ settingKey }) => settingKey),
        keys,
      ),
    );
  }
});

const other = 'KONG_TLS_CERTIFICATE_VERIFY=off would take the check from every connection of Kong';

describeErrors('Kong refuses', [
  [
    'PostgreSQL that is not verified, by default',
    () => refused({ ...unverifiedPg, KONG_VERSION: '3.14.0.0' })[0],
    `78 KONG_PG_SSL_VERIFY: it is off while pg_ssl is on, and Kong refuses that: tls_certificate_verify is on by default from 3.14 | set KONG_PG_SSL_VERIFY=on, with the authority of the server in KONG_LUA_SSL_TRUSTED_CERTIFICATE; ${other}`,
  ],
  [
    'Vault that is not verified, because a setting says so',
    () => refused({ ...unverifiedHcv, KONG_TLS_CERTIFICATE_VERIFY: 'on', KONG_VERSION: '3.14.0.0' })[0],
    `78 KONG_VAULT_HCV_SSL_VERIFY: it is off while vault_hcv_protocol is https, and Kong refuses that: tls_certificate_verify is on | set KONG_VAULT_HCV_SSL_VERIFY=on, with the authority of Vault in KONG_LUA_SSL_TRUSTED_CERTIFICATE; ${other}`,
  ],
]);
