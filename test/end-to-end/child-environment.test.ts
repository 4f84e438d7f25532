import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { runEntrypoint, spawnEntrypoint } from '../world/kong-entrypoint.ts';
import type { Fault, Invocation } from '../world/stand-in-kong/stand-in-kong.ts';
import { KONG_PASSWORD, KONG_USER } from '../world/world.ts';
import { createHowTo, type HowTo, startOf, type Variables } from './how-to-start.ts';
import { withKongThat, writeProgram } from './kong-that.ts';
import { programs } from './programs.ts';

let howTo: HowTo;
before(async () => {
  howTo = await createHowTo();
  howTo.vault.putSecret('other', JSON.stringify({ licence: '{"license":{}}', admin: 'admin-password', level: 'warn' }));
  writeProgram(fileOf('reference'), UNNEEDED);
  writeProgram(
    fileOf('kong.conf'),
    `smtp_password = ${UNNEEDED}\nlog_level = {vault://aws/other/level}\nheaders = off\n`,
  );
});
after(() => howTo.close());

/** A reference that `kong migrations` has no use for. That there is no such secret must not matter. */
const UNNEEDED = '{vault://aws/no-such-secret/key}';

/** A variable, what it is given, and what the migrations find in its place; undefined for nothing. */
const table: readonly (readonly [string, string | undefined, string | undefined])[] = [
  ['KONG_PG_USER', '{vault://aws/kong-gateway-database/pg_user}', KONG_USER],
  ['KONG_PG_PASSWORD', '{vault://aws/kong-gateway-database/pg_password}', KONG_PASSWORD],
  ['KONG_LICENSE_DATA', '{vault://aws/other/licence}', '{"license":{}}'],
  ['KONG_PORTAL_AUTH_PASSWORD', UNNEEDED, ''],
  ['KONG_SSL_CERT', UNNEEDED, ''],
  ['KONG_SSL_CERT_KEY', '/somewhere/key.pem', ''],
  ['KONG_CLIENT_SSL_CERT', '/somewhere/cert.pem', ''],
  ['KONG_CLIENT_SSL_CERT_KEY', UNNEEDED, ''],
  ['KONG_ADMIN_SSL_CERT', `/somewhere/cert.pem,${UNNEEDED}`, ''],
  ['KONG_ADMIN_SSL_CERT_KEY', '/somewhere/key.pem,/somewhere/other.pem', ''],
  ['KONG_CLUSTER_CERT', UNNEEDED, ''],
  ['KONG_CLUSTER_CERT_KEY', UNNEEDED, ''],
  ['KONG_STATUS_SSL_CERT_KEY_FILE', 'FOLDER/reference', undefined],
  ['KONG_STATUS_SSL_CERT_KEY', undefined, ''],
  ['KONG_STATUS_SSL_CERT', undefined, ''],
  ['KONG_SMTP_PASSWORD', undefined, ''],
  ['KONG_LOG_LEVEL', undefined, 'warn'],
  ['KONG_ROLE', 'control_plane', 'traditional'],
  ['KONG_PROXY_ACCESS_LOG', '/dev/stdout', '/dev/stdout'],
  ['KONG_VAULT_AWS_TTL', '300', undefined],
  ['KONG_VAULT_HCV_TOKEN', 'token', undefined],
  ['KONG_ENTRYPOINT_GRACE', '5s', undefined],
  ['KONG_ENTRYPOINT_VALUE_OLD', 'left over', undefined],
  ['AWS_SESSION_TOKEN', '', undefined],
  ['AWS_DEFAULT_REGION', 'us-east-1', undefined],
  ['AZURE_CLIENT_SECRET', 'secret', undefined],
  ['IDENTITY_HEADER', 'secret', undefined],
  ['IDENTITY_ENDPOINT', 'http://127.0.0.1:9/msi/token', undefined],
  ['IDENTITY_HEADER_OF_MINE', 'mine', 'mine'],
  ['GCP_SERVICE_ACCOUNT', '{}', undefined],
  ['GOOGLE_APPLICATION_CREDENTIALS', '/somewhere.json', undefined],
  ['VAULT_TOKEN', 'token', undefined],
  ['VAULT_ADDR', 'http://vault', 'http://vault'],
  ['HTTP_PROXY_OF_MINE', 'a b\nc', 'a b\nc'],
  ['EMPTY', '', ''],
];

/** What the how-to has besides that opens the vault, or is ours. */
const dropped = /^(?:KONG_VAULT_|AWS_|KONG_ENTRYPOINT_)/;

for (const program of programs) {
  describe(`what the migrations of the ${program.name} get`, () => {
    test('the values that they need, nothing of a reference that they do not, nothing that opens a vault', async () => {
      const environment = await givenEnvironment();
      const words = ['kong', 'start', '-c', fileOf('kong.conf')];
      for (const options of [[], ['--fast-path', 'off']]) {
        const run = await runEntrypoint(startOf(program, [...options, ...words], environment));
        assert.equal(run.exitCode, 0, run.stderr);
      }
      const children = migrations();
      assert.equal(children.length, 2, 'the bootstrap, and a question of the second start');
      for (const child of children) {
        const { KONG_PREFIX: _prefix, KONG_PASSWORD: _password, ...got } = child.environment;
        assert.deepEqual(got, { ...expectedOf(environment), ...pick(table, 2) });
      }
      const passwords = children.map((child) => child.environment['KONG_PASSWORD']);
      assert.deepEqual(passwords, ['admin-password', ''], 'only the bootstrap needs it');
    });

    /** A way for the migrations to end. */
    const ends: readonly (readonly [string, Fault | undefined])[] = [
      ['when they are done', undefined],
      ['when they fail', { kind: 'exit', code: 9, on: 'migrations bootstrap' }],
      ['when a look at the schema fails', { kind: 'exit', code: 9, on: 'migrations status' }],
    ];
    for (const [when, fault] of ends) {
      test(`a prefix of their own, which is gone ${when}`, async () => {
        const environment = { ...(await givenEnvironment()), KONG_ENTRYPOINT_FAST_PATH: 'off' };
        // Kong is asked for the state of a schema that is there already.
        if (fault?.on === 'migrations status') await runEntrypoint(startOf(program, ['kong', 'start'], environment));
        howTo.world.kong.configure({ faults: fault === undefined ? [] : [fault] });
        const { exitCode } = await runEntrypoint(startOf(program, ['kong', 'start'], environment));
        assert.equal(exitCode, fault === undefined ? 0 : 9);
        assertPrefixGone(environment);
      });
    }

    test('a prefix that nobody else can look into, gone when the start is stopped', async () => {
      const environment = await givenEnvironment();
      howTo.world.kong.configure({ faults: [{ kind: 'hang', on: 'migrations bootstrap' }] });
      const running = await spawnEntrypoint(startOf(program, ['kong', 'start'], environment));
      await running.waitForLine('bootstrapping schema');
      while (migrations().length < 1) await sleep(20);
      const prefix = migrations()[0]?.environment['KONG_PREFIX'] ?? '';
      assert.equal(statSync(prefix).mode & 0o7777, 0o700);
      running.signal('SIGTERM');
      await running.finished;
      assertPrefixGone(environment);
    });
  });
}

async function givenEnvironment(): Promise<Variables> {
  const environment = {
    ...(await howTo.freshEnvironment()),
    KONG_PASSWORD: '{vault://aws/other/admin}',
    PWD: process.cwd(),
  };
  return withKongThat(howTo.world, { ...environment, ...pick(table, 1) }, { otherwise: 'exit 0' });
}

/** The variables of the table in this column, where it has something. */
function pick(rows: typeof table, column: 1 | 2): Variables {
  const entries = rows.map((row) => [row[0], row[column]] as const);
  const there = entries.flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const]));
  return Object.fromEntries(there.map(([name, text]) => [name, text.replace('FOLDER', fileOf('.'))]));
}

function expectedOf(environment: Variables): Variables {
  const changed = new Set(table.map(([name]) => name));
  const names = Object.keys(environment).filter((name) => !changed.has(name) && !dropped.test(name));
  const kept = names.filter((name) => name !== 'KONG_PREFIX' && name !== 'KONG_PASSWORD');
  return Object.fromEntries(kept.map((name) => [name, environment[name] ?? '']));
}

function migrations(): Invocation[] {
  return howTo.world.kong.record().filter(({ arguments: words }) => words[0] === 'migrations');
}

function assertPrefixGone({ KONG_PREFIX: given }: Variables): void {
  const prefixes = new Set(migrations().map(({ environment }) => environment['KONG_PREFIX'] ?? ''));
  assert.ok(prefixes.size > 0 && !prefixes.has('') && !prefixes.has(given ?? ''));
  for (const prefix of prefixes) assert.ok(!existsSync(prefix), prefix);
}

function fileOf(name: string): string {
  return join(howTo.world.folder, 'files', name);
}
