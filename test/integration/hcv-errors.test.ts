import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startVault, type VaultEmulator, type VaultFault } from '../emulators/hashicorp-vault.ts';
import { refused } from '../emulators/vault-engine.ts';
import { atVault, type Environment, hcvVault, placeOf } from './hcv-world.ts';

let vault: VaultEmulator;
let token: string;

before(async () => {
  vault = await startVault();
  vault.mount('secret', 'v1').put('kong', { pg_password: 'hunter2' });
  const versioned = vault.mount('kv', 'v2');
  for (const id of ['kong', 'gone', 'destroyed']) versioned.put(id, { pg_password: 'hunter2' });
  versioned.remove('gone', 'delete');
  versioned.remove('destroyed', 'destroy');
  token = vault.createToken();
});
after(() => vault.close());
beforeEach(() => {
  vault.recover();
  vault.requests.length = 0;
});

const V2 = { KONG_VAULT_HCV_KV: 'v2', KONG_VAULT_HCV_MOUNT: 'kv' };
const readable = (reference: string): string => `{vault://hcv/${reference}}`;

describe('Vault itself says why not:', () => {
  const rows: readonly (readonly [what: string, reference: string, environment: Environment, failure: RegExp])[] = [
    [
      'there is no such secret',
      'absent/x',
      {},
      /^66 secret "absent" of the engine secret not found \| check its path and KONG_VAULT_HCV_MOUNT; the last part .*; set KONG_VAULT_HCV_KV=v2 if the engine keeps versions$/,
    ],
    [
      'there is no such secret (version 2)',
      'absent/x',
      V2,
      /^66 secret "absent" of the engine kv not found \| .*; set KONG_VAULT_HCV_KV=v1 if the engine keeps no versions$/,
    ],
    ['there is no such version', 'kong/x#7', V2, /^66 secret "kong" of the engine kv in version 7 not found \| /],
    [
      'the newest version is deleted',
      'gone/x',
      V2,
      /^66 version 1 of secret "gone" of the engine kv is deleted \| bring it back \(vault kv undelete/,
    ],
    [
      'the newest version is destroyed',
      'destroyed/x',
      V2,
      /^66 version 1 of secret "destroyed" of the engine kv is destroyed \| store the secret again/,
    ],
    [
      'KV is version 2, asked as version 1',
      'kong/x',
      { KONG_VAULT_HCV_MOUNT: 'kv' },
      /^78 the engine kv keeps versions \(KV version 2\), and the option kv is v1; Vault warns: Invalid path for a versioned K\/V secrets engine\. .* \| set KONG_VAULT_HCV_KV=v2, and leave data\/ out of the reference$/,
    ],
    [
      'KV is version 1, asked as version 2',
      'kong/x',
      { KONG_VAULT_HCV_KV: 'v2' },
      /^66 secret "kong" of the engine secret not found \| .*KONG_VAULT_HCV_KV=v1/,
    ],
    [
      'the mount is too long',
      'kong/x',
      { ...V2, KONG_VAULT_HCV_MOUNT: 'kv/team' },
      /^78 kv\/team is not the path of a secrets engine of Vault at 127\.0\.0\.1:\d+, but of something in one \| set KONG_VAULT_HCV_MOUNT/,
    ],
    [
      'the engine is version 2, with data in the path',
      'data%2Fkong/x',
      { KONG_VAULT_HCV_MOUNT: 'kv', KONG_VAULT_HCV_KV: 'v2' },
      /^66 secret "data\/kong" of the engine kv not found/,
    ],
    [
      'there is no such engine',
      'kong/x',
      { KONG_VAULT_HCV_MOUNT: 'absent' },
      /^78 Vault at 127\.0\.0\.1:\d+ has no secrets engine absent \| check KONG_VAULT_HCV_MOUNT and KONG_VAULT_HCV_NAMESPACE$/,
    ],
    [
      'the token is not known',
      'kong/x',
      { KONG_VAULT_HCV_TOKEN: 's3cr3t' },
      /^77 Vault at 127\.0\.0\.1:\d+ rejects the token \(auth_method token\) \| the token is wrong, expired, revoked/,
    ],
    [
      'the token is of another namespace',
      'kong/x',
      { KONG_VAULT_HCV_NAMESPACE: 'other' },
      /^77 Vault at \S+ rejects the token \(auth_method token\) in namespace other \| /,
    ],
  ];
  for (const [what, reference, environment, failure] of rows) {
    test(what, async () => {
      const opened = hcvVault({ ...placeOf(vault), KONG_VAULT_HCV_TOKEN: token, ...environment });
      assert.match(await opened.failure(readable(reference)), failure);
      assert.equal(vault.requests.length, 1);
    });
  }

  test('the token may not read it, and the hint is the policy that allows it', async () => {
    const limited = vault.createToken({ paths: ['kv/data/other'] });
    const opened = hcvVault({ ...atVault(vault), ...V2, KONG_VAULT_HCV_TOKEN: limited });
    const failure = await opened.failure('{vault://hcv/kong/x}');
    assert.match(
      failure,
      /^77 Vault at \S+ does not let us read secret "kong" of the engine kv \(auth_method token\) \| allow it to the token: path "kv\/data\/kong" \{ capabilities = \["read"\] \}/,
    );
    const allowed = vault.createToken({ paths: ['kv/data/kong'] });
    await hcvVault({ ...atVault(vault), ...V2, KONG_VAULT_HCV_TOKEN: allowed }).read('{vault://hcv/kong/x}');
  });
});

describe('the address', () => {
  test('may be an IPv6 address, in brackets or not', async () => {
    for (const KONG_VAULT_HCV_HOST of ['::1', '[::1]']) {
      const opened = hcvVault({ KONG_VAULT_HCV_HOST, KONG_VAULT_HCV_PORT: '9', KONG_VAULT_HCV_TOKEN: token });
      assert.match(await opened.failure('{vault://hcv/kong/x}'), /^75 .*Vault at \[::1\]:9 /);
    }
  });

  test('that no URL can have stops with 78', async () => {
    const opened = hcvVault({ KONG_VAULT_HCV_HOST: '1.2.3.4.5', KONG_VAULT_HCV_TOKEN: token });
    assert.equal(
      await opened.failure('{vault://hcv/kong/x}'),
      '78 the option host of the hcv vault is neither the name of a host nor an address | check KONG_VAULT_HCV_HOST',
    );
  });
});

describe('a server that does not serve ends with its own sentence:', () => {
  const rows: readonly (readonly [what: string, fault: VaultFault, attempts: number, failure: RegExp])[] = [
    [
      'sealed',
      refused(503, 'Vault is sealed'),
      1,
      /^75 Vault at 127\.0\.0\.1:\d+ is sealed \(status 503\) \| unseal it/,
    ],
    [
      'busy or a standby',
      refused(429, 'request path "secret/kong": rate limit quota exceeded'),
      3,
      /^75 Vault at \S+ limits the rate of requests, or is a standby node \(status 429\) \| /,
    ],
    [
      'disaster recovery secondary',
      refused(472, ''),
      1,
      /^75 Vault at \S+ is a disaster recovery secondary, which serves no secrets \(status 472\) \| let KONG_VAULT_HCV_HOST name the active node/,
    ],
    [
      'performance standby',
      refused(473, ''),
      1,
      /^75 Vault at \S+ is a performance standby that does not answer this \(status 473\)/,
    ],
    ['not initialized', refused(501, ''), 1, /^75 Vault at \S+ is not initialized \(status 501\)/],
    [
      'behind another node',
      refused(412, 'required index state not present'),
      3,
      /^75 Vault at \S+ has not received the newest data yet \(status 412\)/,
    ],
    [
      'internal error',
      refused(500, 'internal error s3cr3t'),
      3,
      /^75 Vault at \S+ failed \(status 500\) \| check the log of Vault$/,
    ],
    ['bad gateway before it', 'badGateway', 3, /^75 Vault at \S+ failed \(status 502\)/],
    [
      'standby that redirects',
      { status: 307, location: 'https://active.example.com:8200/v1/secret/kong' },
      1,
      /^78 Vault at \S+ redirects to active\.example\.com:8200 \(status 307\), and a redirect is not followed \| a standby node redirects to the active one/,
    ],
    [
      'redirect to nowhere',
      { status: 302, location: '/ui/' },
      1,
      /^78 Vault at \S+ redirects \(status 302\), and a redirect/,
    ],
    [
      'captive portal',
      'html',
      1,
      /^78 another server answers in place of Vault at \S+ \(status 200, no JSON\) \| check KONG_VAULT_HCV_HOST, KONG_VAULT_HCV_PORT, KONG_VAULT_HCV_PROTOCOL, and HTTPS_PROXY$/,
    ],
    [
      'JSON that ends too early',
      'notJson',
      1,
      /^78 another server answers in place of Vault at \S+ \(status 200, no JSON\)/,
    ],
    [
      'answer of another kind',
      { status: 200, body: { data: ['hunter2'] } },
      1,
      /^78 what Vault at \S+ has at secret\/kong is not a secret of the KV engine, version 1 \| /,
    ],
    [
      'request that it does not take',
      refused(400, 'something new'),
      1,
      /^78 Vault at \S+ does not serve secret "kong" of the engine secret \(status 400\): something new \| /,
    ],
    [
      'words with the token in them',
      refused(400, 'TOKEN is odd'),
      1,
      /^78 Vault at \S+ does not serve secret "kong" of the engine secret \(status 400\) \| /,
    ],
  ];
  for (const [what, fault, attempts, failure] of rows) {
    test(what, async () => {
      const given = JSON.parse(JSON.stringify(fault).replace('TOKEN', token));
      vault.failAlways(given);
      const opened = hcvVault({ ...placeOf(vault), KONG_VAULT_HCV_TOKEN: token });
      const text = await opened.failure('{vault://hcv/kong/pg_password}');
      assert.match(text, failure);
      assert.ok(!text.includes(token));
      assert.equal(vault.requests.length, attempts);
    });
  }

  test('what passes by itself is waited for: a failure, a limit of rates, a node that lags', async () => {
    for (const status of [412, 429, 500, 503]) {
      vault.fail(refused(status, 'not now'), refused(status, 'not now'));
      assert.equal(
        await hcvVault({ ...placeOf(vault), KONG_VAULT_HCV_TOKEN: token }).read('{vault://hcv/kong}'),
        '{"pg_password":"hunter2"}',
      );
    }
  });
});
