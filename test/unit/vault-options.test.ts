import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EntrypointError } from '../../src/errors.ts';
import { parseReference } from '../../src/references/reference.ts';
import { collectSettings } from '../../src/settings/collect-settings.ts';
import { awsBackend } from '../../src/vaults/aws/aws.ts';
import { findBackend } from '../../src/vaults/backends.ts';
import { effectiveOptions } from '../../src/vaults/vault-options.ts';

type Sources = {
  readonly query?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly conf?: Readonly<Record<string, string>>;
};

const warnings: string[] = [];

/** The options in force for `{vault://<vault>/secret<query>}`. */
function optionsOf(vault: 'aws' | 'env', { query = '', environment = {}, conf = {} }: Sources) {
  const settings = collectSettings({ environment, conf: { path: '/etc/kong/kong.conf', settings: conf } });
  warnings.length = 0;
  return effectiveOptions({
    vault,
    options: findBackend(vault, settings).options,
    query: parseReference(`{vault://${vault}/secret${query}}`).options,
    settings,
    environment,
    warn: (message) => warnings.push(message),
  });
}

/** The error as an operator meets it, its code first. */
function failureOf(vault: 'aws' | 'env', sources: Sources): string {
  try {
    optionsOf(vault, sources);
  } catch (error) {
    assert(error instanceof EntrypointError);
    const subject = error.subject === undefined ? '' : `${error.subject}: `;
    return `${error.exitCode} ${subject}${error.message} | ${error.hint}`;
  }
  return assert.fail('these options are invalid');
}

const rows: readonly (readonly [vault: 'aws' | 'env', option: string, first: string, second: string, read: unknown])[] =
  [
    ['env', 'prefix', 'SECURE_', 'other-', 'SECURE_'],
    ['aws', 'region', 'eu-central-1', 'us-gov-west-1', 'eu-central-1'],
    [
      'aws',
      'endpoint_url',
      'https://vpce-1.example.com:8443/x',
      'http://localhost:4566',
      'https://vpce-1.example.com:8443/x',
    ],
    [
      'aws',
      'assume_role_arn',
      'arn:aws:iam::123456789012:role/path/kong',
      'arn:aws-cn:iam::123456789012:role/k',
      'arn:aws:iam::123456789012:role/path/kong',
    ],
    ['aws', 'role_session_name', 'gateway@prod', 'other', 'gateway@prod'],
    ['aws', 'sts_endpoint_url', 'https://sts.example.com', 'https://other.example.com', 'https://sts.example.com'],
    ['aws', 'ttl', '60', '30', 60],
    ['aws', 'neg_ttl', '0', '30', 0],
    ['aws', 'resurrect_ttl', '1.5', '30', 1.5],
    ['aws', 'base64_decode', 'true', 'false', true],
    ['env', 'base64_decode', 'on', 'off', true],
  ];

describe('an option of a vault', () => {
  for (const [vault, option, text, other, read] of rows) {
    const variable = `KONG_VAULT_${vault}_${option}`.toUpperCase();
    const key = `vault_${vault}_${option}`;

    test(`${vault} ${option} counts in the query over the variable over kong.conf`, () => {
      const query = `?${option}=${text}`;
      assert.deepEqual(
        optionsOf(vault, { query, environment: { [variable]: other }, conf: { [key]: other } })[option],
        read,
      );
      assert.deepEqual(optionsOf(vault, { environment: { [variable]: text }, conf: { [key]: other } })[option], read);
      assert.deepEqual(optionsOf(vault, { conf: { [key]: text } })[option], read);
      assert.equal(warnings.length, 0);
    });

    test(`${vault} ${option} is trimmed, and unset where it is empty`, () => {
      assert.deepEqual(optionsOf(vault, { environment: { [variable]: ` ${text} ` } })[option], read);
      const unset = { query: `?${option}=`, environment: { [variable]: '  ' }, conf: { [key]: '' } };
      assert.deepEqual(optionsOf(vault, unset)[option], option === 'role_session_name' ? 'KongVault' : undefined);
    });
  }

  test('nothing is set: only the session name has a default', () => {
    assert.deepEqual(optionsOf('aws', {}), { role_session_name: 'KongVault' });
  });

  test('the base64 flag has two names', () => {
    assert.equal(optionsOf('aws', { environment: { KONG_VAULT_AWS_DECODE_BASE64: 'on' } })['base64_decode'], true);
    assert.equal(optionsOf('env', { conf: { vault_env_decode_base64: 'true' } })['base64_decode'], true);
    assert.equal(optionsOf('env', { query: '?base64_decode' })['base64_decode'], true);
  });

  test('a variable may refer to the env vault', () => {
    const environment = { KONG_VAULT_AWS_REGION: '{vault://env/my-region}', MY_REGION: 'eu-west-3' };
    assert.equal(optionsOf('aws', { environment })['region'], 'eu-west-3');
    const inJson = { KONG_VAULT_AWS_REGION: '{vault://env/place/aws}', PLACE: '{"aws":"eu-west-1"}' };
    assert.equal(optionsOf('aws', { environment: inJson })['region'], 'eu-west-1');
    const prefixed = {
      KONG_VAULT_AWS_REGION: '{vault://env/region}',
      KONG_VAULT_ENV_PREFIX: 'S-',
      S_REGION: 'eu-west-2',
    };
    assert.equal(optionsOf('aws', { environment: prefixed })['region'], 'eu-west-2');
  });
});

describe('an option that cannot be used stops the start, and its value is not told', () => {
  const seconds = 'give a number of seconds, 0 or more';
  const region = 'give the name of a region, such as eu-central-1';
  const url = 'give a URL that begins with https:// or http://, without a user, a query or a fragment';
  const cases: readonly (readonly [vault: 'aws' | 'env', sources: Sources, failure: string])[] = [
    [
      'aws',
      { query: '?ttl=soon' },
      `78 the option ?ttl of the reference is text where a number is expected | ${seconds}`,
    ],
    [
      'aws',
      { environment: { KONG_VAULT_AWS_TTL: '-1' } },
      `78 KONG_VAULT_AWS_TTL: this is text where a number is expected | ${seconds}`,
    ],
    [
      'aws',
      { conf: { vault_aws_neg_ttl: '1e3' } },
      `78 vault_aws_neg_ttl in /etc/kong/kong.conf: this is text where a number is expected | ${seconds}`,
    ],
    [
      'aws',
      { query: '?region=eu-central-1a' },
      `78 the option ?region of the reference is text of another form | ${region}`,
    ],
    ['aws', { query: '?region' }, `78 the option ?region of the reference is without a value | ${region}`],
    [
      'aws',
      { query: '?region=a&region=b' },
      `78 the option ?region of the reference is given several times | ${region}`,
    ],
    [
      'aws',
      { environment: { KONG_VAULT_AWS_REGION: 'evil.example/x#' } },
      `78 KONG_VAULT_AWS_REGION: this is text of another form | ${region}`,
    ],
    [
      'aws',
      { environment: { KONG_VAULT_AWS_BASE64_DECODE: 'yes' } },
      '78 KONG_VAULT_AWS_BASE64_DECODE: this is text where on or off is expected | give on, off, true or false',
    ],
    [
      'aws',
      { environment: { KONG_VAULT_AWS_ENDPOINT_URL: 'localhost:4566' } },
      `78 KONG_VAULT_AWS_ENDPOINT_URL: this is text that is no usable URL | ${url}`,
    ],
    [
      'aws',
      { environment: { KONG_VAULT_AWS_ENDPOINT_URL: 'https://user:secret@host' } },
      `78 KONG_VAULT_AWS_ENDPOINT_URL: this is text that is no usable URL | ${url}`,
    ],
    [
      'aws',
      { environment: { KONG_VAULT_AWS_ASSUME_ROLE_ARN: 'kong' } },
      '78 KONG_VAULT_AWS_ASSUME_ROLE_ARN: this is text of another form | give the ARN of a role, such as arn:aws:iam::123456789012:role/kong',
    ],
    [
      'env',
      { query: '?prefix=1ST_' },
      '78 the option ?prefix of the reference is text of another form | give letters, digits, _ and -, the first of them no digit',
    ],
    [
      'aws',
      { environment: { KONG_VAULT_AWS_REGION: '{vault://env/unset}' } },
      '66 KONG_VAULT_AWS_REGION: the variable UNSET is not set | set UNSET; the env vault reads the name in upper case with - as _, without a prefix (KONG_VAULT_ENV_PREFIX)',
    ],
    [
      'aws',
      { environment: { KONG_VAULT_AWS_REGION: '{vault://hcv/region/name}' } },
      '78 KONG_VAULT_AWS_REGION: this refers to a vault, and only a reference to the env vault can be used here | write the value itself, or {vault://env/name}; KONG_VAULT_ENV_PREFIX must be the prefix itself',
    ],
  ];
  for (const text of [
    'https://user@host',
    'https://:secret@host',
    'https://host?a=b',
    'https://host#a',
    'https://',
    'ftp://host',
  ]) {
    test(`an endpoint is not ${text}`, () => {
      assert.match(
        failureOf('aws', { environment: { KONG_VAULT_AWS_ENDPOINT_URL: text } }),
        /^78 KONG_VAULT_AWS_ENDPOINT_URL: this is text that is no usable URL/,
      );
    });
  }

  for (const [vault, sources, failure] of cases) {
    test(failure.slice(0, 90), () => assert.equal(failureOf(vault, sources), failure));
  }
});

describe('an option that the vault does not have', () => {
  const have = awsBackend.options.map(({ name }) => name).join(', ');

  test('is a warning that names its variable', () => {
    optionsOf('aws', { environment: { KONG_VAULT_AWS_REGIN: 'eu-central-1', KONG_VAULT_ENV_PREFIX: 'X_' } });
    const known = `${have}, ttl, neg_ttl, resurrect_ttl, base64_decode`;
    assert.deepEqual(warnings, [`KONG_VAULT_AWS_REGIN: the aws vault has no such option; it has ${known}`]);
  });

  test('is a warning that names the option of the reference', () => {
    optionsOf('env', { query: '?regin=x' });
    const known = 'prefix, ttl, neg_ttl, resurrect_ttl, base64_decode';
    assert.deepEqual(warnings, [`the env vault has no option ?regin, which a reference gives; it has ${known}`]);
  });
});
