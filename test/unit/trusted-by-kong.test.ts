import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SettingError } from '../../src/errors.ts';
import { trustedByKong } from '../../src/vaults/trusted-by-kong.ts';
import { settingsFrom } from '../world/settings.ts';

const PEM = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----';
const none: ReadonlySet<string> = new Set();

test('the default is the bundle of the system, which an image may lack', () => {
  try {
    assert.match(trustedByKong(new Map(), none, {}).join(), /BEGIN /);
  } catch (error) {
    assert(error instanceof SettingError);
    assert.deepEqual([error.subject, error.exitCode], ['KONG_LUA_SSL_TRUSTED_CERTIFICATE', 78]);
  }
});

test('nothing is trusted where Kong has no default, before 3.0, and where the setting is set to nothing', () => {
  assert.deepEqual(trustedByKong(new Map(), none, { KONG_VERSION: '2.8.5' }), []);
  assert.deepEqual(trustedByKong(new Map(), new Set(['lua_ssl_trusted_certificate']), {}), []);
});

test('what is set is trusted in every version', () => {
  const settings = settingsFrom({ environment: { KONG_LUA_SSL_TRUSTED_CERTIFICATE: PEM } });
  assert.deepEqual(trustedByKong(settings, none, { KONG_VERSION: '2.8.5' }), [PEM]);
});
