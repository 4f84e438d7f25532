import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { SeveralErrors } from '../../src/errors.ts';
import { emulatorKey, type SecretsManager, startSecretsManager } from '../emulators/secrets-manager.ts';
import { vaultReader } from '../world/vault-reader.ts';
import { atEmulator, keysOf } from './aws-world.ts';

const LATENCY = 300;
let emulator: SecretsManager;

before(async () => {
  emulator = await startSecretsManager({ latency: LATENCY });
  const keys = Array.from({ length: 20 }, (_, index) => [`key${index}`, `value ${index}`] as const);
  emulator.putSecret('wide', JSON.stringify({ key0: 'before' }));
  emulator.putSecret('wide', JSON.stringify(Object.fromEntries(keys)));
  for (let index = 0; index < 12; index += 1) emulator.putSecret(`secret${index}`, `value ${index}`);
  emulator.putSecret('encoded', 'dmFsdWU=');
  emulator.putSecret('binary', new Uint8Array([1]));
  emulator.putSecret('gone', 'v');
  emulator.deleteSecret('gone');
  // The SDK is loaded once, so that no test measures it.
  await reader().read('{vault://aws/secret0}');
  emulator.calls.splice(0);
});
afterEach(() => {
  emulator.recover();
  emulator.calls.splice(0);
});
after(() => emulator.close());

const reader = (more: Readonly<Record<string, string>> = {}, signal = new AbortController().signal) =>
  vaultReader({ ...atEmulator(emulator), ...keysOf(emulatorKey), ...more }, { signal });

/** So many settings, each with its reference. */
function settings(count: number, reference: (index: number) => string): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`KONG_X${index}`, reference(index)]));
}

const values = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`x${index}`, `value ${index}`]));

describe('a secret is fetched once', () => {
  test('for 20 references to its keys', async () => {
    assert.deepEqual(await reader().readAll(settings(20, (index) => `{vault://aws/wide/key${index}}`)), values(20));
    assert.deepEqual(emulator.calls, [
      { accessKeyId: emulatorKey.id, action: 'GetSecretValue', secretId: 'wide', stage: 'AWSCURRENT' },
    ]);
  });

  test('whatever is done with its value afterwards, and however its version is written', async () => {
    const found = await reader().readAll({
      KONG_A: '{vault://aws/encoded}',
      KONG_B: '{vault://aws/encoded?base64_decode=true}',
      KONG_C: '{vault://aws/encoded?ttl=60}',
      KONG_D: '{vault://aws/encoded#1.0}',
      KONG_E: '{vault://aws/encoded#1}',
    });
    assert.deepEqual(found, { a: 'dmFsdWU=', b: 'value', c: 'dmFsdWU=', d: 'dmFsdWU=', e: 'dmFsdWU=' });
    // Without a version and version 1 are two names, of which only the backend knows that they are one.
    assert.deepEqual(emulator.calls.length, 2);
  });

  test('for each version, and for each set of options', async () => {
    const found = await reader().readAll({
      KONG_A: '{vault://aws/wide/key0}',
      KONG_B: '{vault://aws/wide/key0#2}',
      KONG_C: '{vault://aws/wide/key0?role_session_name=other}',
      KONG_D: '{vault://aws/wide/key1?role_session_name=KongVault}',
    });
    assert.deepEqual(found, { a: 'value 0', b: 'before', c: 'value 0', d: 'value 1' });
    assert.deepEqual(emulator.calls.map(({ stage }) => stage).sort(), ['AWSCURRENT', 'AWSCURRENT', 'AWSPREVIOUS']);
  });
});

describe('different secrets', () => {
  test('are fetched in parallel, eight at most: twelve take some two rounds', async () => {
    const start = performance.now();
    const found = await reader().readAll(settings(12, (index) => `{vault://aws/secret${index}}`));
    const took = performance.now() - start;
    assert.deepEqual(found, values(12));
    assert.equal(emulator.calls.length, 12);
    assert.equal(emulator.mostAtOnce(), 8);
    assert(took >= 2 * LATENCY - 50 && took < 4 * LATENCY, `${took} ms`);
  });

  test('are given up together when the start is stopped, with its reason', async () => {
    emulator.fail('hang');
    const stop = new AbortController();
    const reading = reader({}, stop.signal)
      .readAll(settings(12, (index) => `{vault://aws/secret${index}}`))
      .catch((error: unknown) => error);
    await pause(2 * LATENCY);
    const reason = new Error('time is up');
    const start = performance.now();
    stop.abort(reason);
    assert.equal(await reading, reason);
    assert(performance.now() - start < 1000);
    assert.equal(emulator.calls.length, 8);
  });

  test('that cannot be read are all told of together, those of other vaults too', async () => {
    const references = {
      KONG_A: '{vault://aws/nope/k}',
      KONG_B: '{vault://aws/gone}',
      KONG_C: '{vault://aws/binary}',
      KONG_D: '{vault://aws/wide/nope}',
      KONG_E: '{vault://aws/wide/key0#3}',
      KONG_F: '{vault://env/nope}',
      KONG_G: '{vault://fs/nope}',
      KONG_H: '{vault://my-entity/a}',
      KONG_I: '{vault://aws}',
      KONG_J: '{vault://aws/secret1}',
      KONG_K: '{vault://aws/nope/l}',
    };
    const error: unknown = await reader({ KONG_VAULT_FS_PREFIX: '/nonexistent' })
      .readAll(references)
      .catch((thrown: unknown) => thrown);
    assert(error instanceof SeveralErrors, String(error));
    const told = error.errors.map(({ exitCode, subject, message }) => `${exitCode} ${subject}: ${message}`).sort();
    assert.deepEqual(told, [
      '65 KONG_C: secret "binary" is binary (SecretBinary): {vault://aws/binary}',
      '65 KONG_D: secret key "nope" not found in {vault://aws/wide/nope}',
      `66 KONG_A, KONG_K: secret "nope" not found at ${emulator.url}: {vault://aws/nope/k}, {vault://aws/nope/l}`,
      '66 KONG_B: secret "gone" is scheduled for deletion: {vault://aws/gone}',
      '66 KONG_F: the variable NOPE is not set: {vault://env/nope}',
      '78 KONG_E: the aws vault has no such version: {vault://aws/wide/key0#3}',
      '78 KONG_G: the prefix /nonexistent of the fs vault does not exist: {vault://fs/nope}',
      '78 KONG_H: "my-entity" is not a vault backend, so it would be a Vault entity: {vault://my-entity/a}',
      '78 KONG_I: no secret is named in {vault://aws}',
    ]);
    assert.equal(emulator.calls.filter(({ secretId }) => secretId === 'nope').length, 1);
  });
});
