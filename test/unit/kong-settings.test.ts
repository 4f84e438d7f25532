import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SettingError } from '../../src/errors.ts';
import { isReference } from '../../src/references/reference.ts';
import { gatherSettings, type SettingSources } from '../../src/settings/gather-settings.ts';
import { readKongSettings, typeSettings } from '../../src/settings/kong-settings.ts';
import { typeOfSetting } from '../../src/settings/setting-types.ts';
import { readOracle } from '../fixtures/oracle.ts';

type Case = {
  readonly file: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly expected: Readonly<Record<string, unknown>>;
};

const cases = readOracle<Case>('conf-files.jsonl');
const reference = '{vault://aws/kong-gateway-database/pg_port}';

/** What Kong makes of a reference: of the one secret `from vault`, of another nothing; then it types the outcome. */
function dereferenced(key: string, text: string): unknown {
  const type = typeOfSetting(key);
  if (type === 'boolean') return false;
  if (type === 'number') return null;
  return /^\{vault:\/\/env\/sec[#}]/.test(text) ? 'from vault' : text;
}

describe('readKongSettings', () => {
  it(`answers as Kong does in all ${cases.length} recorded cases`, () => {
    assert.equal(cases.length, 400);
    for (const { file, environment, expected } of cases) {
      const settings = readKongSettings({ environment, confText: file });
      for (const [key, value] of Object.entries(expected)) {
        const own = settings[key] ?? null;
        const answer = typeof own === 'string' && isReference(own) ? dereferenced(key, own) : own;
        assert.equal(answer, value, `${key} of ${JSON.stringify({ file, environment })}`);
      }
    }
  });

  it('keeps the text of a reference, whatever the type of the setting', () => {
    const environment = { KONG_PG_PORT: ` ${reference} `, KONG_PG_SSL: reference, KONG_PG_USER: reference };
    const settings = readKongSettings({ environment });
    assert.deepEqual([settings['pg_port'], settings['pg_ssl'], settings['pg_user']], [reference, reference, reference]);
  });

  it('finds references in the elements of a list', () => {
    const environment = { KONG_LUA_SSL_TRUSTED_CERTIFICATE: `system, ${reference}` };
    assert.deepEqual(readKongSettings({ environment })['lua_ssl_trusted_certificate'], ['system', reference]);
  });

  it('verifies certificates by default from Kong 3.14, as the image says its version', () => {
    for (const [version, verify] of [
      ['3.13.0.0', false],
      ['3.14.0.0', true],
      ['3.15', true],
      ['4.0', true],
    ] as const) {
      assert.equal(readKongSettings({ environment: { KONG_VERSION: version } })['pg_ssl_verify'], verify, version);
    }
    assert.equal(readKongSettings({ environment: {} })['pg_ssl_verify'], false);
  });
});

describe('gatherSettings', () => {
  const conf = { path: '/etc/kong/kong.conf', settings: { pg_host: 'conf-host', pg_user: 'conf-user' } };
  const sources: SettingSources = {
    conf,
    environment: {
      PATH: '/bin',
      KONG_PG_USER: ' user\n',
      KONG_pg_schema: 'no',
      Kong_PG_SCHEMA: 'no',
      KONG_PG_PASSWORD_FILE: '/run/secrets/password',
      KONG_PG_DATABASE_FILE: '/not/read',
      KONG_RESOLVER_HOSTS_FILE: '/etc/hosts',
      KONG_VAULT_HCV_KUBE_API_TOKEN_FILE: '/token',
      KONG_DNS_HOSTSFILE: '/etc/hosts',
      KONG_ENTRYPOINT_MIGRATIONS: 'up',
      KONG_: 'no',
      KONG_PG_TIMEOUT: '',
    },
    files: new Map([['KONG_PG_PASSWORD_FILE', { path: '/run/secrets/password', text: 'from file' }]]),
  };

  it('takes variables and their files over kong.conf, and says where each came from', () => {
    const { settings } = gatherSettings(sources);
    assert.deepEqual([...settings.keys()].sort(), [
      'dns_hostsfile',
      'pg_host',
      'pg_password',
      'pg_user',
      'resolver_hosts_file',
      'vault_hcv_kube_api_token_file',
    ]);
    assert.deepEqual(settings.get('pg_host'), {
      key: 'pg_host',
      text: 'conf-host',
      origin: { kind: 'conf', path: '/etc/kong/kong.conf' },
    });
    assert.deepEqual(settings.get('pg_user'), {
      key: 'pg_user',
      text: 'user',
      origin: { kind: 'variable', variable: 'KONG_PG_USER' },
    });
    assert.deepEqual(settings.get('pg_password'), {
      key: 'pg_password',
      text: 'from file',
      origin: { kind: 'file', variable: 'KONG_PG_PASSWORD_FILE', path: '/run/secrets/password' },
    });
  });

  it('unsets a setting by an empty variable, also one from kong.conf', () => {
    const unset: SettingSources = { conf, environment: { KONG_PG_HOST: ' ' } };
    assert.equal(gatherSettings(unset).settings.has('pg_host'), false);
    assert.deepEqual(gatherSettings(unset).unset, new Set(['pg_host']));
  });

  it('refuses a variable that is set beside its file, as the entry script of the image does', () => {
    const both = { ...sources, environment: { KONG_PG_PASSWORD: 'x' } };
    assert.throws(
      () => gatherSettings(both),
      (error) => {
        assert.ok(error instanceof SettingError);
        assert.equal(error.message, 'KONG_PG_PASSWORD and KONG_PG_PASSWORD_FILE are both set');
        return true;
      },
    );
  });

  it('takes the file where its variable is empty', () => {
    const { settings } = gatherSettings({ ...sources, environment: { KONG_PG_PASSWORD: '' } });
    assert.equal(settings.get('pg_password')?.text, 'from file');
  });

  it('reads an environment of 20,000 other variables in no time', () => {
    const environment = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`SERVICE_${index}`, 'x']));
    const before = process.cpuUsage();
    gatherSettings({ environment });
    const { user, system } = process.cpuUsage(before);
    assert.ok(user + system < 200_000, `${user + system} microseconds of the processor`);
  });
});

describe('typeSettings', () => {
  it('types settings over the defaults of Kong', () => {
    const environment = {
      KONG_PG_PORT: '0x10',
      KONG_PG_SSL: 'on',
      KONG_PLUGINS: 'bundled, mine',
      KONG_PG_TIMEOUT: 'x',
    };
    const settings = typeSettings(gatherSettings({ environment }).settings);
    const port: number | undefined = settings.pg_port;
    assert.equal(port, 16);
    assert.equal(settings.pg_ssl, true);
    assert.equal(settings.pg_timeout, undefined);
    assert.deepEqual(settings.plugins, ['bundled', 'mine']);
    assert.equal(settings.pg_database, 'kong');
    assert.equal(settings.pg_ssl_required, false);
    assert.equal(settings.pg_schema, undefined);
  });

  it('leaves out a number or a boolean that is still a reference, and keeps a text that is', () => {
    const environment = { KONG_PG_PORT: reference, KONG_PG_SSL: reference, KONG_PG_USER: reference };
    const settings = typeSettings(gatherSettings({ environment }).settings);
    assert.deepEqual([settings.pg_port, settings.pg_ssl, settings.pg_user], [undefined, undefined, reference]);
  });

  it('gives no default to what is unset on purpose', () => {
    const sources = { environment: { KONG_PG_HOST: '', KONG_PG_SSL_VERIFY: '' } };
    const options = { unset: gatherSettings(sources).unset, kongVersion: '3.14' };
    const settings = typeSettings(gatherSettings(sources).settings, options);
    assert.deepEqual([settings.pg_host, settings.pg_ssl_verify], [undefined, false]);
  });

  it('trusts the certificates of the system by default, but not before Kong 3.0', () => {
    assert.deepEqual(typeSettings(new Map()).lua_ssl_trusted_certificate, ['system']);
    assert.equal(typeSettings(new Map(), { kongVersion: '2.8.4.1' }).lua_ssl_trusted_certificate, undefined);
  });
});
