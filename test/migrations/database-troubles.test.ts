import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { selfSigned } from '../emulators/self-signed.ts';
import { type EntrypointResult, runEntrypoint, spawnEntrypoint } from '../world/kong-entrypoint.ts';
import type { WorldOptions } from '../world/world.ts';
import { createScene, isHandedOver, runsOf, type Scene, startOf, type Variables, verdict } from './scene.ts';
import { sizes } from './sizes.ts';

/** A database server of its own, for what is done to it, and an empty database. */
async function setUp(
  t: TestContext,
  options: WorldOptions = {},
): Promise<{ scene: Scene; environment: Variables; connection: string }> {
  const scene = await createScene(options);
  t.after(() => scene.close());
  const environment = await scene.freshEnvironment();
  const connection = `kong@127.0.0.1:${environment['KONG_PG_PORT']}/${environment.KONG_PG_DATABASE}`;
  return { scene, environment, connection };
}

function assertHandedOver(result: EntrypointResult): void {
  assert.ok(isHandedOver(result), result.stderr);
  assert.deepEqual(verdict(result), []);
}

function assertEnded(result: EntrypointResult, exitCode: number, lines: readonly string[]): void {
  assert.deepEqual(verdict(result), lines, result.stderr);
  assert.equal(result.exitCode, exitCode);
  assert.doesNotMatch(result.stdout, /this is Kong/);
}

const NOT_IN_TIME =
  'hint: check the host, the port and the security group; KONG_ENTRYPOINT_DATABASE_TIMEOUT sets how long to wait';

describe('the database', { concurrency: 3 }, () => {
  test(`comes up ${sizes.late} s late: the start waits, says so every few seconds, and hands over`, async (t) => {
    const { scene, environment } = await setUp(t);
    await scene.world.postgresql.stop();
    const running = await spawnEntrypoint(startOf(environment));
    await sleep(sizes.late * 1000);
    assert.doesNotMatch(running.stderr(), /handing over/);
    await scene.world.postgresql.start();
    const result = await running.finished;
    assertHandedOver(result);
    const waiting = result.stderr.match(
      /waiting for PostgreSQL at 127\.0\.0\.1:\d+: nothing listens there yet; [\d.]+ s left$/gm,
    );
    assert.ok(waiting !== null && waiting.length >= 2 && waiting.length <= 4, result.stderr);
  });

  test('does not come up: 75, after the time that was given', async (t) => {
    const { scene, environment } = await setUp(t);
    await scene.world.postgresql.stop();
    const result = await runEntrypoint(startOf(environment, ['--database-timeout', '2s']));
    const { KONG_PG_PORT } = environment;
    assertEnded(result, 75, [
      `error: KONG_PG_HOST: PostgreSQL at 127.0.0.1:${KONG_PG_PORT} was not available within 2.0 s: nothing listens there yet`,
      NOT_IN_TIME,
    ]);
  });

  test('restarts while a start waits for the end of a dead one: the start goes on waiting, and hands over', async (t) => {
    const { scene, environment } = await setUp(t);
    const other = await scene.world.postgresql.connect({ database: environment['KONG_PG_DATABASE'] ?? '' });
    other.on('error', () => undefined);
    await other.query('BEGIN; CREATE TABLE half_made (id int)');
    const running = await spawnEntrypoint(startOf(environment));
    await running.waitForLine(/so far: PostgreSQL process \d+ is still changing tables of schema public/);
    await scene.world.postgresql.restart('immediate');
    const result = await running.finished;
    assertHandedOver(result);
    assert.equal(runsOf(scene.recordOf(environment), 'bootstrap').length, 1);
  });

  for (const mode of ['fast', 'immediate', 'kill'] as const) {
    test(`restarts (${mode}) while migrations run: 75, for a restart may help, and the next start repairs it`, async (t) => {
      const { scene, environment } = await setUp(t, { kong: { stepMilliseconds: 200, lockSeconds: 5 } });
      const running = await spawnEntrypoint(startOf(environment));
      await running.waitForLine('core migrated up to: 000_base');
      await scene.world.postgresql.restart(mode);
      const result = await running.finished;
      assertEnded(result, 75, [
        'error: kong migrations lost its connection: PostgreSQL was restarted, or another server took its place',
        'hint: start again: the next start continues from the state of the schema, and repairs an interrupted bootstrap',
      ]);
      assertHandedOver(await runEntrypoint(startOf(environment)));
    });
  }

  test('goes away for good while migrations run: 75', async (t) => {
    const { scene, environment } = await setUp(t, { kong: { stepMilliseconds: 200 } });
    const running = await spawnEntrypoint(startOf(environment, ['--database-timeout', '5s']));
    await running.waitForLine('core migrated up to: 000_base');
    await scene.world.postgresql.stop('immediate');
    assertEnded(await running.finished, 75, [
      'error: the lock on the schema was lost while migrations ran, and could not be taken again within 10 s',
      'hint: start again; another container may hold the lock now, and the next start repairs an interrupted bootstrap',
    ]);
  });
});

describe('a read-only server', { concurrency: 3 }, () => {
  const READ_ONLY = [
    'error: KONG_PG_HOST: the server is read-only, and this start has to write',
    'hint: give the writer endpoint of the database, not a reader; KONG_ENTRYPOINT_DATABASE_TIMEOUT sets how long to wait for a failover',
  ];
  /** Makes the server a standby, which follows nobody, as a reader endpoint shows it. */
  async function makeStandby({ world }: Scene): Promise<void> {
    await world.postgresql.stop();
    const signal = join(world.postgresql.dataDirectory, 'standby.signal');
    writeFileSync(signal, '', { mode: 0o666 });
    await world.postgresql.start();
  }
  const ways = {
    'that is a standby': makeStandby,
    'by its own setting': async ({ world }: Scene) =>
      world.postgresql.configure({ settings: { default_transaction_read_only: 'on' } }),
  };

  for (const version of [18, 12] as const) {
    for (const [how, make] of Object.entries(ways)) {
      test(`of PostgreSQL ${version} ${how} with a ready schema is handed over to, remembered or not`, async (t) => {
        const { scene, environment } = await setUp(t, { postgresql: { version } });
        assertHandedOver(await runEntrypoint(startOf(environment)));
        await make(scene);
        assertHandedOver(await runEntrypoint(startOf(environment)));
        const result = await runEntrypoint(startOf(environment, ['--fast-path', 'off']));
        assertHandedOver(result);
        assert.match(result.stderr, /info: schema ready \(up to date\) in /);
      });

      test(`of PostgreSQL ${version} ${how} without a schema: 77, after the time that a failover may take`, async (t) => {
        const { scene, environment } = await setUp(t, { postgresql: { version } });
        await make(scene);
        const result = await runEntrypoint(startOf(environment, ['--database-timeout', '2s']));
        assertEnded(result, 77, READ_ONLY);
        assert.match(
          result.stderr,
          /info: waiting for PostgreSQL at 127\.0\.0\.1:\d+: it is read-only, as it is during a failover; (?:2\.0|1\.\d) s left$/m,
        );
        assert.equal(runsOf(scene.recordOf(environment), 'bootstrap').length, 0);
      });
    }
  }

  test('that is promoted while a start waits is bootstrapped', async (t) => {
    const { scene, environment } = await setUp(t);
    await makeStandby(scene);
    const running = await spawnEntrypoint(startOf(environment));
    await running.waitForLine('it is read-only, as it is during a failover');
    await scene.world.postgresql.query('SELECT pg_promote()');
    assertHandedOver(await running.finished);
    assert.equal(runsOf(scene.recordOf(environment), 'bootstrap').length, 1);
  });
});

describe('TLS', { concurrency: 3 }, () => {
  test('that the server refuses: plain text and a warning, as Kong does; with pg_ssl_required 78', async (t) => {
    const { environment, connection } = await setUp(t);
    const plain = await runEntrypoint(startOf({ ...environment, KONG_PG_SSL: 'on' }));
    assertHandedOver(plain);
    assert.ok(
      plain.stderr.includes(
        `warn: ${connection}: the server has no TLS; continuing in plain text, as Kong does without pg_ssl_required\n`,
      ),
      plain.stderr,
    );
    const required = { ...environment, KONG_PG_SSL: 'on', KONG_PG_SSL_REQUIRED: 'on' };
    assertEnded(await runEntrypoint(startOf(required)), 78, [
      `error: KONG_PG_SSL: ${connection}: the server has no TLS, and it is required`,
      'hint: turn TLS on at the server, or set KONG_PG_SSL_REQUIRED=off, which a login by token does not permit',
    ]);
  });

  test('that the server demands: 77 without pg_ssl, and a hand-over with it', async (t) => {
    const { key, cert } = selfSigned();
    const { environment, connection } = await setUp(t, {
      postgresql: { tls: { key, certificate: cert }, hba: ['hostssl all all 127.0.0.1/32 scram-sha-256'] },
    });
    assertEnded(await runEntrypoint(startOf(environment)), 77, [
      `error: KONG_PG_USER: ${connection}: PostgreSQL does not admit this user from this address`,
      'hint: check pg_hba.conf and the LOGIN right of the role; a server that demands TLS (rds.force_ssl) needs KONG_PG_SSL=on',
    ]);
    assertHandedOver(await runEntrypoint(startOf({ ...environment, KONG_PG_SSL: 'on' })));
  });

  test('with an authority that is not trusted: 77, and a hand-over once it is', async (t) => {
    const { key, cert } = selfSigned();
    const { scene, environment, connection } = await setUp(t, { postgresql: { tls: { key, certificate: cert } } });
    const verified = { ...environment, KONG_PG_SSL: 'on', KONG_PG_SSL_VERIFY: 'on' };
    const other = join(scene.world.folder, 'other.pem');
    writeFileSync(other, selfSigned().cert);
    const untrusted = { ...verified, KONG_LUA_SSL_TRUSTED_CERTIFICATE: other };
    assertEnded(await runEntrypoint(startOf(untrusted)), 77, [
      `error: KONG_PG_SSL: ${connection}: TLS failed (DEPTH_ZERO_SELF_SIGNED_CERT)`,
      "hint: add the server's certificate authority to KONG_LUA_SSL_TRUSTED_CERTIFICATE (RDS: the regional bundle), and check KONG_PG_SSL_VERSION",
    ]);
    const own = join(scene.world.folder, 'own.pem');
    writeFileSync(own, cert);
    for (const trusted of [own, `${other}, ${own}`, cert, Buffer.from(cert).toString('base64')]) {
      const trusting = { ...verified, KONG_LUA_SSL_TRUSTED_CERTIFICATE: trusted };
      assertHandedOver(await runEntrypoint(startOf(trusting, ['--fast-path', 'off'])));
    }
  });
});

describe('a server that asks for the password in clear text', { concurrency: 3 }, () => {
  const hba = ['host all all 127.0.0.1/32 password'];
  const IN_CLEAR = (connection: string): string[] => [
    `error: KONG_PG_PASSWORD: ${connection}: the server asks for the password in clear text over an unverified connection`,
    'hint: make the server use scram-sha-256 (pg_hba.conf), or set KONG_PG_SSL=on and KONG_PG_SSL_VERIFY=on',
  ];

  test('does not get it in plain text, nor over TLS to whomever, but over TLS to a server that was verified', async (t) => {
    const { key, cert } = selfSigned();
    const { environment, connection } = await setUp(t, { postgresql: { hba, tls: { key, certificate: cert } } });
    assertEnded(await runEntrypoint(startOf(environment)), 77, IN_CLEAR(connection));
    const encrypted = { ...environment, KONG_PG_SSL: 'on' };
    assertEnded(await runEntrypoint(startOf(encrypted)), 77, IN_CLEAR(connection));
    const verified = { ...encrypted, KONG_PG_SSL_VERIFY: 'on', KONG_LUA_SSL_TRUSTED_CERTIFICATE: cert };
    assertHandedOver(await runEntrypoint(startOf(verified)));
  });
});

describe('a full connection table', { concurrency: 3 }, () => {
  test('is waited for, and handed over when there is room; 75 when there never is', async (t) => {
    const { scene, environment } = await setUp(t, { postgresql: { settings: { max_connections: '12' } } });
    const login = {
      user: 'kong',
      password: environment['KONG_PG_PASSWORD'] ?? '',
      database: environment['KONG_PG_DATABASE'] ?? '',
    };
    const others = await Promise.all(Array.from({ length: 9 }, () => scene.world.postgresql.connect(login)));
    const running = await spawnEntrypoint(startOf(environment));
    await running.waitForLine(/waiting for PostgreSQL at 127\.0\.0\.1:\d+: .*\(53300\); [\d.]+ s left$/);
    const late = await runEntrypoint(startOf(environment, ['--database-timeout', '2s']));
    assert.equal(late.exitCode, 75);
    assert.match(
      verdict(late)[0] ?? '',
      /^error: KONG_PG_HOST: PostgreSQL at 127\.0\.0\.1:\d+ was not available within 2\.0 s: .+ \(53300\)$/,
    );
    assert.equal(verdict(late)[1], NOT_IN_TIME);
    await Promise.all(others.map((other) => other.end()));
    assertHandedOver(await running.finished);
  });
});
