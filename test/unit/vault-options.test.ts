import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EntrypointError } from '../../src/errors.ts';
import { parseReference } from '../../src/references/reference.ts';
import { findBackend } from '../../src/vaults/backends.ts';
import { effectiveOptions } from '../../src/vaults/vault-options.ts';
import { settingsFrom } from '../world/settings.ts';

type Backend = 'aws' | 'conjur' | 'env' | 'fs';

type Sources = {
  readonly query?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly conf?: Readonly<Record<string, string>>;
};

const warnings: string[] = [];

/** The options in force for `{vault://<vault>/secret<query>}`. */
function optionsOf(vault: Backend, { query = '', environment = {}, conf = {} }: Sources) {
  const settings = settingsFrom({ environment, conf: { path: '/etc/kong/kong.conf', settings: conf } });
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
function failureOf(vault: Backend, sources: Sources): string {
  try {
    optionsOf(vault, sources);
  } catch (error) {
    assert(error instanceof EntrypointError);
    const subject = error.subject === undefined ? '' : `${error.subject}: `;
    return `${error.exitCode} ${subject}${error.message} | ${error.hint}`;
  }
  return assert.fail('these options are invalid');
}

/** An option: two texts that it takes, what the first is read as, and a text that it does not take. */
type Row = {
  readonly vault: Backend;
  readonly option: string;
  readonly text: string;
  readonly other: string;
  readonly read?: string | number | boolean;
  readonly invalid?: string;
  readonly default?: string;
};

const url = {
  text: 'https://vpce-1.example.com:8443/x',
  other: 'http://localhost:4566',
  invalid: 'https://user:hunter2@host',
};
const text = (value: string) => ({ text: value, other: `${value}-2` });

const ownOptions: readonly Row[] = [
  { vault: 'env', option: 'prefix', text: 'SECURE_', other: 'other-', invalid: '1hunter2' },
  { vault: 'aws', option: 'region', text: 'eu-central-1', other: 'us-gov-west-1', invalid: 'hunter2' },
  { vault: 'aws', option: 'endpoint_url', ...url },
  {
    vault: 'aws',
    option: 'assume_role_arn',
    text: 'arn:aws:iam::123456789012:role/path/kong',
    other: 'arn:aws-cn:iam::123456789012:role/k',
    invalid: 'arn:aws:iam::1:user/hunter2',
  },
  { vault: 'aws', option: 'role_session_name', ...text('gateway@prod'), invalid: 'hunter2:', default: 'KongVault' },
  { vault: 'aws', option: 'sts_endpoint_url', ...url },
  { vault: 'fs', option: 'prefix', text: '/run/secrets/kong', other: '/run/secrets', invalid: 'run/hunter2' },
  { vault: 'conjur', option: 'endpoint_url', ...url },
  { vault: 'conjur', option: 'auth_method', text: 'api_key', other: 'api_key', invalid: 'hunter2', default: 'api_key' },
  { vault: 'conjur', option: 'account', ...text('acme'), invalid: 'hunter2/acme' },
  { vault: 'conjur', option: 'login', ...text('host/kong'), invalid: '..' },
  { vault: 'conjur', option: 'api_key', ...text('1vgw0fjtdy') },
];

const backends: readonly Backend[] = ['aws', 'conjur', 'env', 'fs'];
const commonOptions: readonly Row[] = backends.flatMap((vault): Row[] => [
  ...(vault === 'env'
    ? []
    : [
        { vault, option: 'ttl', text: '60', other: '30', read: 60, invalid: 'hunter2' },
        { vault, option: 'neg_ttl', text: '0', other: '30', read: 0, invalid: '-1' },
        { vault, option: 'resurrect_ttl', text: '1.5', other: '30', read: 1.5, invalid: '1e3' },
      ]),
  { vault, option: 'base64_decode', text: 'on', other: 'off', read: true, invalid: 'hunter2' },
]);
const rows = [...ownOptions, ...commonOptions];

function variableOf({ vault, option }: Row): string {
  return `KONG_VAULT_${vault}_${option}`.toUpperCase();
}

describe('an option of a vault', () => {
  test('has a row here', () => {
    const settings = settingsFrom({ environment: {} });
    for (const vault of backends) {
      const own = findBackend(vault, settings).options.map(({ name }) => name);
      const tested = ownOptions.filter((row) => row.vault === vault).map(({ option }) => option);
      assert.deepEqual(tested, own);
    }
  });

  for (const row of rows) {
    const { vault, option, read = row.text, other } = row;
    const variable = variableOf(row);
    const key = `vault_${vault}_${option}`;
    const query = `?${option}=${row.text}`;

    test(`${vault} ${option} counts in the query over the variable over kong.conf over the default`, () => {
      const conf = { [key]: other };
      assert.deepEqual(optionsOf(vault, { query, environment: { [variable]: other }, conf })[option], read);
      assert.deepEqual(optionsOf(vault, { environment: { [variable]: row.text }, conf })[option], read);
      assert.deepEqual(optionsOf(vault, { conf: { [key]: row.text } })[option], read);
      assert.deepEqual(optionsOf(vault, {})[option], row.default);
      assert.deepEqual(warnings, []);
    });

    test(`${vault} ${option} is trimmed, and unset where it is empty`, () => {
      assert.deepEqual(optionsOf(vault, { environment: { [variable]: ` ${row.text} ` } })[option], read);
      assert.deepEqual(optionsOf(vault, { query: `?${option}=%20${row.text}%20` })[option], read);
      const unset = { query: `?${option}=`, environment: { [variable]: '  ' }, conf: { [key]: '' } };
      assert.deepEqual(optionsOf(vault, unset)[option], row.default);
      // A variable that is set to nothing unsets what kong.conf says, as everywhere in Kong.
      assert.deepEqual(
        optionsOf(vault, { environment: { [variable]: '' }, conf: { [key]: other } })[option],
        row.default,
      );
    });

    test(`${vault} ${option} may be a reference to the env vault, in a variable and in kong.conf`, () => {
      if (key === 'vault_env_prefix') {
        const own = { environment: { [variable]: '{vault://env/given}', GIVEN: row.text } };
        assert.match(failureOf(vault, own), /^78 KONG_VAULT_ENV_PREFIX: this refers to a vault/);
        return;
      }
      const GIVEN = row.text;
      const reference = '{vault://env/given}';
      assert.deepEqual(optionsOf(vault, { environment: { [variable]: reference, GIVEN } })[option], read);
      assert.deepEqual(optionsOf(vault, { environment: { GIVEN }, conf: { [key]: reference } })[option], read);
      const inJson = { [variable]: '{vault://env/all/one}', ALL: JSON.stringify({ one: row.text }) };
      assert.deepEqual(optionsOf(vault, { environment: inJson })[option], read);
    });

    test(`${vault} ${option} that is invalid names where it came from, and not its value`, () => {
      const { invalid } = row;
      if (invalid === undefined) return;
      const sources: readonly (readonly [RegExp, Sources])[] = [
        [
          new RegExp(`^78 the option \\?${option} of the reference is (?:malformed|not a usable URL|text)`),
          { query: `?${option}=${invalid}` },
        ],
        [
          new RegExp(`^78 ${variable}: this is (?:malformed|not a usable URL|text)`),
          { environment: { [variable]: invalid } },
        ],
        [
          new RegExp(`^78 ${key} in /etc/kong/kong.conf: this is (?:malformed|not a usable URL|text)`),
          { conf: { [key]: invalid } },
        ],
      ];
      for (const [named, source] of sources) {
        const failure = failureOf(vault, source);
        assert.match(failure, named);
        assert.match(failure, / \| give ./);
        assert(!failure.includes('hunter2'), failure);
      }
      if (key === 'vault_env_prefix') return;
      const GIVEN = invalid;
      const referring = { environment: { [variable]: '{vault://env/given}', GIVEN } };
      assert.match(
        failureOf(vault, referring),
        new RegExp(`^78 ${variable}: this is (?:malformed|not a usable URL|text)`),
      );
    });
  }

  test('nothing is set: only the session name and the method have defaults', () => {
    assert.deepEqual(optionsOf('aws', {}), { role_session_name: 'KongVault' });
    assert.deepEqual(optionsOf('conjur', {}), { auth_method: 'api_key' });
    assert.deepEqual(optionsOf('env', {}), {});
    assert.deepEqual(optionsOf('fs', {}), {});
  });

  for (const vault of backends) {
    test(`the base64 flag of ${vault} has two names`, () => {
      const flag = (sources: Sources) => optionsOf(vault, sources)['base64_decode'];
      const [schema, pages] = [`KONG_VAULT_${vault}_BASE64_DECODE`, `KONG_VAULT_${vault}_DECODE_BASE64`].map((name) =>
        name.toUpperCase(),
      );
      assert(schema !== undefined && pages !== undefined);
      assert.equal(flag({ environment: { [pages]: 'on' } }), true);
      assert.equal(flag({ conf: { [`vault_${vault}_decode_base64`]: 'true' } }), true);
      assert.equal(flag({ query: '?base64_decode' }), true);
      assert.equal(flag({ environment: { [pages]: 'on', [schema]: 'on' } }), true);
      assert.deepEqual(warnings, []);
      // A variable counts over kong.conf, whichever of the names each uses.
      assert.equal(flag({ environment: { [pages]: 'off' }, conf: { [`vault_${vault}_base64_decode`]: 'on' } }), false);
      assert.equal(
        failureOf(vault, { environment: { [pages]: 'on', [schema]: 'off' } }),
        `78 ${schema}: ${schema} and ${pages} are the same option, and they differ | remove one of them: they are two spellings of the same name`,
      );
    });
  }

  test('the prefix of fs is known as it is configured too, whatever a reference says', () => {
    const environment = { KONG_VAULT_FS_PREFIX: '/run/secrets' };
    const configured = { prefix: '/run/secrets/db', configured_prefix: '/run/secrets' };
    assert.deepEqual(optionsOf('fs', { query: '?prefix=/run/secrets/db', environment }), configured);
    assert.deepEqual(optionsOf('fs', { query: '?prefix=/run/secrets/db' }), { prefix: '/run/secrets/db' });
  });

  test('a reference to the env vault obeys its prefix', () => {
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
  const cases: readonly (readonly [vault: Backend, sources: Sources, failure: string])[] = [
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
    ['aws', { query: '?region=eu-central-1a' }, `78 the option ?region of the reference is malformed | ${region}`],
    ['aws', { query: '?region' }, `78 the option ?region of the reference is without a value | ${region}`],
    [
      'aws',
      { query: '?region=a&region=b' },
      `78 the option ?region of the reference is given several times | ${region}`,
    ],
    [
      'aws',
      { environment: { KONG_VAULT_AWS_REGION: 'evil.example/x#' } },
      `78 KONG_VAULT_AWS_REGION: this is malformed | ${region}`,
    ],
    [
      'aws',
      { environment: { KONG_VAULT_AWS_BASE64_DECODE: 'yes' } },
      '78 KONG_VAULT_AWS_BASE64_DECODE: this is text where on or off is expected | give on, off, true or false',
    ],
    [
      'aws',
      { environment: { KONG_VAULT_AWS_ENDPOINT_URL: 'localhost:4566' } },
      `78 KONG_VAULT_AWS_ENDPOINT_URL: this is not a usable URL | ${url}`,
    ],
    [
      'aws',
      { environment: { KONG_VAULT_AWS_ENDPOINT_URL: 'https://user:secret@host' } },
      `78 KONG_VAULT_AWS_ENDPOINT_URL: this is not a usable URL | ${url}`,
    ],
    [
      'aws',
      { environment: { KONG_VAULT_AWS_ASSUME_ROLE_ARN: 'kong' } },
      '78 KONG_VAULT_AWS_ASSUME_ROLE_ARN: this is malformed | give the ARN of a role, such as arn:aws:iam::123456789012:role/kong',
    ],
    [
      'env',
      { query: '?prefix=1ST_' },
      '78 the option ?prefix of the reference is malformed | give letters, digits, _ and -, the first of them no digit',
    ],
    [
      'aws',
      { environment: { KONG_VAULT_AWS_REGION: '{vault://env/unset}' } },
      '66 KONG_VAULT_AWS_REGION: the variable UNSET is not set | set UNSET; the env vault reads the name in upper case with - as _, without a prefix (KONG_VAULT_ENV_PREFIX)',
    ],
    [
      'aws',
      { environment: { KONG_VAULT_AWS_REGION: '{vault://hcv/region/name}' } },
      '78 KONG_VAULT_AWS_REGION: this refers to a vault, but only a reference to the env vault works here | write the value itself, or {vault://env/name}; KONG_VAULT_ENV_PREFIX must be the prefix itself',
    ],
  ];
  test('a reference that leads to another reference, which is not followed', () => {
    assert.equal(
      failureOf('conjur', {
        environment: { KONG_VAULT_CONJUR_API_KEY: '{vault://env/a}', A: '{vault://env/b}', B: 'hunter2' },
      }),
      '65 KONG_VAULT_CONJUR_API_KEY: the variable that this refers to holds a vault reference itself | write that reference here; a reference is followed once',
    );
  });

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
        /^78 KONG_VAULT_AWS_ENDPOINT_URL: this is not a usable URL/,
      );
    });
  }

  for (const [vault, sources, failure] of cases) {
    test(failure.slice(0, 90), () => assert.equal(failureOf(vault, sources), failure));
  }
});

describe('an option that the vault does not have', () => {
  const have: Readonly<Record<Backend, string>> = {
    aws: 'region, endpoint_url, assume_role_arn, role_session_name, sts_endpoint_url, ttl, neg_ttl, resurrect_ttl, base64_decode',
    conjur: 'endpoint_url, auth_method, account, login, api_key, ttl, neg_ttl, resurrect_ttl, base64_decode',
    env: 'prefix, base64_decode',
    fs: 'prefix, ttl, neg_ttl, resurrect_ttl, base64_decode',
  };

  for (const vault of backends) {
    test(`of ${vault} is a warning that names its variable, its line of kong.conf, or the reference's option`, () => {
      const variable = `KONG_VAULT_${vault.toUpperCase()}_REGOIN`;
      const others = { KONG_VAULT_OTHER_THING: 'x', KONG_VAULTS: 'bundled', KONG_VAULT_ROTATION_INTERVAL: '60' };
      optionsOf(vault, {
        query: '?regoin=hunter2',
        environment: { [variable]: 'hunter2', ...others },
        conf: { [`vault_${vault}_reigon`]: 'hunter2' },
      });
      assert.deepEqual(warnings, [
        `vault_${vault}_reigon in /etc/kong/kong.conf: the ${vault} vault has no such option; it has ${have[vault]}`,
        `${variable}: the ${vault} vault has no such option; it has ${have[vault]}`,
        `the ${vault} vault has no option ?regoin, which a reference gives; it has ${have[vault]}`,
      ]);
    });
  }

  test('is none where it belongs to a backend whose name is longer', () => {
    const settings = settingsFrom({ environment: { KONG_VAULT_AZURE_CERTS_TTL: '1', KONG_VAULT_AZURE_TLL: '1' } });
    const said: string[] = [];
    const environment = {};
    effectiveOptions({
      vault: 'azure',
      options: [],
      query: undefined,
      settings,
      environment,
      warn: (m) => said.push(m),
    });
    assert.equal(said.length, 1);
    assert.match(String(said), /^KONG_VAULT_AZURE_TLL: /);
  });
});
