import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFault } from '../../src/database/available/faults.ts';
import { codeOf } from '../../src/errors.ts';

function fault(code: string | undefined, message = 'words of the server'): Error {
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}

/** Code, message, and what it means: passing, login, or lasting with its exit code; `polled` where `wait` goes on. */
const table: readonly (readonly [code: string | undefined, message: string | undefined, expected: string])[] = [
  ['ECONNREFUSED', undefined, 'passing'],
  ['ENOTFOUND', undefined, 'passing'],
  ['EAI_AGAIN', undefined, 'passing'],
  ['ETIMEDOUT', undefined, 'passing'],
  ['ECONNRESET', undefined, 'passing'],
  ['EHOSTUNREACH', undefined, 'passing'],
  ['57P03', undefined, 'passing'],
  ['57P01', undefined, 'passing'],
  ['53300', undefined, 'passing'],
  ['08006', undefined, 'passing'],
  ['58000', undefined, 'passing'],
  [undefined, 'Connection terminated unexpectedly', 'passing'],
  [undefined, 'timeout expired', 'passing'],
  ['28P01', undefined, 'login'],
  ['08P01', 'password authentication failed', 'login'],
  ['08P01', 'no such user: kong', 'login'],
  ['08P01', 'no such database: kong', 'lasting 78 polled'],
  ['08P01', 'server login has been failing', 'passing'],
  ['08P01', 'server login has been failing, cached error: connect failed (server_login_retry)', 'passing'],
  ['08P01', 'server login has been failing, cached error: password authentication failed for user "kong"', 'login'],
  ['08P01', 'server login has been failing, cached error: database "kong" does not exist', 'lasting 78 polled'],
  ['08P01', 'query_wait_timeout', 'passing'],
  ['08P01', 'pgbouncer cannot connect to server', 'passing'],
  ['08P01', 'no more connections allowed (max_client_conn)', 'passing'],
  ['08P01', 'server conn crashed?', 'passing'],
  ['08P01', 'login rejected', 'lasting 77'],
  ['08P01', 'TLS required', 'lasting 77'],
  ['08P01', 'unsupported startup parameter: client_encoding', 'lasting 78'],
  ['53100', undefined, 'passing'],
  [undefined, 'Client was closed and is not queryable', 'passing'],
  [undefined, 'There was an error establishing an SSL connection', 'passing'],
  ['3D000', undefined, 'lasting 78 polled'],
  ['42501', undefined, 'lasting 77 polled'],
  ['28000', undefined, 'lasting 77'],
  ['55000', undefined, 'lasting 78'],
  ['25006', undefined, 'lasting 77'],
  ['SELF_SIGNED_CERT_IN_CHAIN', undefined, 'lasting 77'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', undefined, 'lasting 77'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', undefined, 'lasting 77'],
  [undefined, 'The server does not support SSL connections', 'lasting 78'],
  [undefined, 'SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string', 'lasting 77'],
];

for (const [code, message, expected] of table) {
  test(`${code ?? 'no code'}${message === undefined ? '' : `, ${message}`}: ${expected}`, () => {
    const read = readFault(fault(code, message), 'kong@db:5432/kong');
    const words =
      read.kind === 'lasting' ? [read.kind, read.error.exitCode, ...(read.canBePolled ? ['polled'] : [])] : [read.kind];
    assert.equal(words.join(' '), expected);
    if (read.kind !== 'passing')
      assert.ok(read.error.hint !== '' && read.error.message.startsWith('kong@db:5432/kong: '));
  });
}

test('of several addresses that were tried, the first tells', () => {
  const several = new AggregateError([fault('ECONNREFUSED'), fault('EHOSTUNREACH')]);
  assert.deepEqual(readFault(several, ''), { kind: 'passing', reason: 'nothing listens there yet' });
  assert.equal(codeOf(several), 'unknown');
});

const tokens: readonly (readonly [code: string, message: string, kind: string])[] = [
  ['28P01', 'password authentication failed for user "kong"', 'login'],
  ['28000', 'PAM authentication failed for user "kong"', 'login'],
  ['28000', 'Cloud SQL IAM user authentication failed for user "kong"', 'login'],
  ['28000', 'The access token does not have a valid audience claim.', 'login'],
  ['28000', 'Service Principals cannot generate AAD_AUTH_TOKENTYPE_APP_USER tokens for role[kong]', 'login'],
  ['28000', 'no pg_hba.conf entry for host', 'lasting'],
  ['57P03', 'the database system is starting up', 'passing'],
];
for (const [code, message, kind] of tokens) {
  test(`a login by a token, ${code}, ${message}: ${kind}`, () => {
    assert.equal(readFault(fault(code, message), 'kong@db:5432/kong', 'pg_azure_auth').kind, kind);
  });
}
