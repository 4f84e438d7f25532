import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  EntrypointError,
  SecretNotFoundError,
  SeveralErrors,
  StoppedBySignalError,
  UnavailableError,
} from '../../src/errors.ts';
import { type DereferenceOptions, dereference } from '../../src/references/dereference.ts';
import { knowSettings, reveal } from '../../src/references/known-settings.ts';
import type { SecretSource } from '../../src/references/secret-source.ts';
import { revealSecret, Secret } from '../../src/secret.ts';
import { settingsFrom } from '../world/settings.ts';

/** A vault that holds these secrets, notes what it is asked, and how many at once. */
function vaultWith(
  secrets: Readonly<Record<string, string | EntrypointError>>,
): SecretSource & { asked: string[]; most: () => number } {
  const asked: string[] = [];
  let now = 0;
  let most = 0;
  return {
    asked,
    most: () => most,
    prepare: ({ secretId, secretKey, options }) => ({
      key: secretId,
      secretKey,
      vault: 'aws',
      base64Decode: options?.['base64_decode'] === 'true',
    }),
    async fetch({ key }) {
      asked.push(key);
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setTimeout(resolve, 5));
      now -= 1;
      const secret = secrets[key] ?? new SecretNotFoundError(`no secret ${key}`, { hint: 'store it' });
      if (secret instanceof EntrypointError) throw secret;
      return new Secret(secret);
    },
    close: async () => undefined,
  };
}

async function run(
  environment: Record<string, string>,
  source: SecretSource,
  changes: Partial<DereferenceOptions> = {},
) {
  const known = knowSettings({ settings: settingsFrom({ environment }) });
  const options: DereferenceOptions = {
    source,
    kongVersion: undefined,
    handover: 'references',
    signal: new AbortController().signal,
    ...changes,
  };
  const { values } = await dereference(known.references, options);
  const { all } = known.with(values);
  return { values, textAt: (key: string) => reveal(all.get(key)?.value) };
}

test('references to one secret share one fetch', async () => {
  const source = vaultWith({ db: '{"user":"kong","password":"pw"}' });
  const { textAt } = await run(
    { KONG_PG_USER: '{vault://aws/db/user}', KONG_PG_PASSWORD: '{vault://aws/db/password}' },
    source,
  );
  assert.deepEqual(source.asked, ['db']);
  assert.deepEqual([textAt('pg_user'), textAt('pg_password')], ['kong', 'pw']);
});

test('different secrets are fetched in parallel, eight at once and no more', async () => {
  const names = Array.from({ length: 20 }, (_, index) => `s${index}`);
  const source = vaultWith(Object.fromEntries(names.map((name) => [name, name])));
  const { values } = await run(
    Object.fromEntries(names.map((name) => [`KONG_X_${name.toUpperCase()}`, `{vault://aws/${name}}`])),
    source,
  );
  assert.equal(values.size, 20);
  assert.equal(source.most(), 8);
});

test('the elements of a list setting are dereferenced one by one', async () => {
  const source = vaultWith({ ca: 'PEM' });
  const { textAt } = await run({ KONG_LUA_SSL_TRUSTED_CERTIFICATE: 'system, {vault://aws/ca}' }, source);
  assert.equal(textAt('lua_ssl_trusted_certificate'), 'system,PEM');
});

test('every failure is found before any is told, each with its settings and references', async () => {
  const source = vaultWith({ db: '{"user":1}' });
  const failing = run(
    {
      KONG_PG_USER: '{vault://aws/db/user}',
      KONG_PG_PASSWORD: '{vault://aws/none/password}',
      KONG_PG_HOST: '{vault://aws}',
    },
    source,
  );
  await assert.rejects(failing, (error) => {
    assert.ok(error instanceof SeveralErrors);
    assert.deepEqual(error.errors.map(({ subject, message }) => `${subject}: ${message}`).sort(), [
      'KONG_PG_HOST: no secret is named in {vault://aws}',
      'KONG_PG_PASSWORD: no secret none: {vault://aws/none/password}',
      'KONG_PG_USER: the value of secret key "user" is a number, and Kong takes only strings: {vault://aws/db/user}',
    ]);
    return true;
  });
});

test('a restart is only worth trying when nothing else failed', () => {
  const late = new UnavailableError('late', { hint: '' });
  assert.equal(new SeveralErrors([late, new SecretNotFoundError('no', { hint: '' })]).exitCode, 66);
  assert.equal(new SeveralErrors([late, late]).exitCode, 75);
});

type ValueRow = readonly [
  name: string,
  environment: Record<string, string>,
  secret: string,
  handover: 'references' | 'values',
  expected: string,
];

const password = { KONG_PG_PASSWORD: '{vault://aws/s}' };
const encoded = { KONG_PG_PASSWORD: '{vault://aws/s?base64_decode=true}' };
const host = { KONG_PG_HOST: '{vault://aws/s}' };

const values: readonly ValueRow[] = [
  ['a plain value', password, 'pw', 'references', 'pw'],
  ['white space inside', password, 'p w', 'references', 'p w'],
  ['white space around a password that Kong sends itself', password, 'pw\n', 'references', 'error 65'],
  ['white space around a password that we hand over', password, 'pw\n', 'values', 'pw'],
  ['a no-break space, which Kong does not trim', password, 'pw\u00a0', 'references', 'pw\u00a0'],
  ['white space around a host, which Kong trims', host, ' db \n', 'references', 'db'],
  ['a reference', password, '{vault://env/x}', 'references', 'error 65'],
  ['a NUL byte', password, 'p\0w', 'references', 'error 65'],
  ['base64', encoded, 'cHc=', 'references', 'pw'],
  ['base64 without padding', encoded, 'cHc', 'references', 'error 65'],
  ['base64 of bytes that are no text', encoded, '/w==', 'references', 'error 65'],
];

for (const [name, environment, secret, handover, expected] of values) {
  test(`${name} gives ${JSON.stringify(expected)}`, async () => {
    const outcome = await run(environment, vaultWith({ s: secret }), { handover }).then(
      ({ values: found }) => [...found.values()].map(revealSecret).join(),
      (error) => {
        assert.ok(error instanceof EntrypointError);
        assert.ok(!`${error.message}${error.hint}`.includes(secret.trim()), 'the value is not told');
        return `error ${error.exitCode}`;
      },
    );
    assert.equal(outcome, expected);
  });
}

test('when the start is stopped, that is what is thrown, and not what failed for it', async () => {
  const stopped = new StoppedBySignalError('stopped by SIGTERM', { hint: '', signalNumber: 15 });
  const source = vaultWith({ s: stopped });
  await assert.rejects(run(password, source, { signal: AbortSignal.abort(stopped) }), stopped);
});

test('when the time is up, the vault that did not answer is named with the settings, beside all else that failed', async () => {
  const late = new UnavailableError('time is up', { hint: '' });
  const source = vaultWith({ s: late });
  const environment = { ...password, KONG_PG_USER: '{vault://aws/t}' };
  await assert.rejects(run(environment, source, { signal: AbortSignal.abort(late) }), (error) => {
    assert.ok(error instanceof SeveralErrors);
    assert.deepEqual(
      error.errors.map(({ subject, message }) => `${subject}: ${message}`),
      [
        'KONG_PG_PASSWORD: the aws vault did not answer before the time for all waiting ran out: {vault://aws/s}',
        'KONG_PG_USER: no secret t: {vault://aws/t}',
      ],
    );
    return true;
  });
});
