import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EntrypointError } from '../../src/errors.ts';
import { createLog } from '../../src/log.ts';
import { parseReference } from '../../src/references/reference.ts';
import { readSecretKey } from '../../src/references/secret-object.ts';
import { revealSecret } from '../../src/secret.ts';
import { openVaults } from '../../src/vaults/open-vaults.ts';
import { settingsFrom } from '../world/settings.ts';

type Environment = Readonly<Record<string, string>>;

function sourceIn(environment: Environment, lines: string[] = []) {
  const write = (line: string) => lines.push(line);
  const log = createLog({ level: 'debug', format: 'text', write, now: () => 0 });
  const world = { environment, log, signal: new AbortController().signal };
  return openVaults({ settings: settingsFrom({ environment }), world });
}

async function read(reference: string, environment: Environment): Promise<string> {
  const source = sourceIn(environment);
  return readSecretKey(revealSecret(await source.fetch(source.prepare(parseReference(reference)))), undefined);
}

async function failure(reference: string, environment: Environment = {}): Promise<string> {
  const error = await read(reference, environment).then(
    () => assert.fail('this cannot be read'),
    (error) => error,
  );
  assert(error instanceof EntrypointError, String(error));
  return `${error.exitCode} ${error.message} | ${error.hint}`;
}

describe('the env vault reads', () => {
  const rows: readonly (readonly [what: string, reference: string, environment: Environment, value: string])[] = [
    ['a name in upper case with - as _', '{vault://env/my-secret}', { MY_SECRET: 'v' }, 'v'],
    ['the whole variable, also where a key is named', '{vault://env/pg/user}', { PG: '{"user":"u"}' }, '{"user":"u"}'],
    [
      'the name after KONG_VAULT_ENV_PREFIX',
      '{vault://env/a}',
      { KONG_VAULT_ENV_PREFIX: 'secure-', SECURE_A: 'v' },
      'v',
    ],
    ['the name after ?prefix=', '{vault://env/a?prefix=q_}', { KONG_VAULT_ENV_PREFIX: 'x_', Q_A: 'v' }, 'v'],
    ['the previous version as _PREVIOUS', '{vault://env/a#2}', { A: 'new', A_PREVIOUS: 'old' }, 'old'],
    ['any other version as the variable itself, like Kong', '{vault://env/a#3}', { A: 'v', A_PREVIOUS: 'old' }, 'v'],
    ['a variable that is set to nothing', '{vault://env/a}', { A: '' }, ''],
    ['white space as it is', '{vault://env/a}', { A: ' v\n' }, ' v\n'],
    ['upper case of ASCII only, like Lua', '{vault://env/straße}', { STRAßE: 'v' }, 'v'],
  ];
  for (const [what, reference, environment, value] of rows) {
    test(what, async () => assert.equal(await read(reference, environment), value));
  }

  test('nothing of the prototype', async () => {
    assert.match(await failure('{vault://env/constructor}'), /^66 the variable CONSTRUCTOR is not set/);
    assert.match(await failure('{vault://env/--proto--}'), /^66 the variable __PROTO__ is not set/);
  });
});

describe('a reference that no vault can serve stops with', () => {
  const rows: readonly (readonly [reference: string, environment: Environment, failure: string])[] = [
    [
      '{vault://env/my-secret}',
      {},
      '66 the variable MY_SECRET is not set | set MY_SECRET; the env vault reads the name in upper case with - as _, without a prefix (KONG_VAULT_ENV_PREFIX)',
    ],
    [
      '{vault://env/a}',
      { KONG_VAULT_ENV_PREFIX: 'x_' },
      '66 the variable X_A is not set | set X_A; the env vault reads the name in upper case with - as _, after the prefix "x_"',
    ],
    [
      '{vault://azure-certs/a}',
      {},
      `78 the azure-certs vault holds TLS certificates, which are of no use for a database setting | keep the value as a secret of the Key Vault, and refer to it by {vault://azure/...}`,
    ],
    [
      '{vault://konnect/a}',
      {},
      `78 the konnect vault exists as a Vault entity only, and entities live in the database | keep the value in a backend that is known without the database, such as {vault://aws/...}`,
    ],
    [
      '{vault://my-aws/a}',
      {},
      `78 "my-aws" is not a vault backend, so it would be a Vault entity | entities live in the database, which needs this setting first; name the backend itself, such as {vault://aws/...}, and set its options by KONG_VAULT_AWS_...`,
    ],
    ['{vault://AWS/a}', {}, '78 there is no vault "AWS" | write aws: case matters to Kong'],
    [
      '{vault://env/a}',
      { A: 'v', KONG_VAULTS: 'off' },
      '78 the env vault is not enabled by KONG_VAULTS | add env to KONG_VAULTS, or set it to bundled',
    ],
    [
      '{vault://env/a}',
      { A: 'v', KONG_VAULTS: 'aws, hcv' },
      '78 the env vault is not enabled by KONG_VAULTS | add env to KONG_VAULTS, or set it to bundled',
    ],
  ];
  for (const [reference, environment, text] of rows) {
    test(text.slice(0, 80), async () => assert.equal(await failure(reference, environment), text));
  }

  test('KONG_VAULTS that has bundled, or the name, lets it pass', async () => {
    for (const KONG_VAULTS of ['bundled', 'env', 'aws, env', 'bundled,mine']) {
      assert.equal(await read('{vault://env/a}', { A: 'v', KONG_VAULTS }), 'v');
    }
  });
});

describe('a request', () => {
  const keyOf = (reference: string) =>
    sourceIn({ KONG_VAULT_AWS_REGION: 'eu-central-1' }).prepare(parseReference(reference)).key;

  test('is the same for one secret under several keys, flags and spellings', () => {
    const key = keyOf('{vault://aws/kong-db/pg_user}');
    const same = ['pg_password', 'x?base64_decode=true', 'x?ttl=5', 'x?region=eu-central-1', 'x?unknown=1'];
    for (const rest of same) assert.equal(keyOf(`{vault://aws/kong-db/${rest}}`), key, rest);
    assert.equal(keyOf('{vault://aws/kong-db/x#1.0}'), keyOf('{vault://aws/kong-db/x#1}'));
  });

  test('differs by backend, options, secret and version', () => {
    const references = [
      'aws/a/k',
      'env/a/k',
      'aws/b/k',
      'aws/a/k#2',
      'aws/a/k?region=eu-west-1',
      'aws/a/k?endpoint_url=http://localhost',
    ];
    assert.equal(new Set(references.map((path) => keyOf(`{vault://${path}}`))).size, references.length);
  });

  test('carries the base64 flag, and prints no option', () => {
    const source = sourceIn({});
    const request = source.prepare(parseReference('{vault://aws/a?base64_decode=true&region=eu-west-1}'));
    assert.equal(request.base64Decode, true);
    assert.doesNotMatch(JSON.stringify(request), /eu-west-1/);
  });

  test('warns of an unknown option once', () => {
    const lines: string[] = [];
    const source = sourceIn({ KONG_VAULT_ENV_PREFX: 'x' }, lines);
    for (const id of ['a', 'b']) source.prepare(parseReference(`{vault://env/${id}}`));
    assert.equal(lines.filter((line) => line.includes('KONG_VAULT_ENV_PREFX')).length, 1);
  });
});
