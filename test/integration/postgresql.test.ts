import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createConnection } from 'node:net';
import { dirname } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { selfSigned } from '../emulators/self-signed.ts';
import { availablePostgresqlVersions, type Postgresql, startPostgresql } from '../world/postgresql.ts';

for (const version of availablePostgresqlVersions()) {
  let server: Postgresql;
  before(async () => {
    server = await startPostgresql({ version, settings: { work_mem: '3MB' } });
    await server.createRole('kong"; --', "it's");
    await server.createDatabase('kong', 'kong"; --');
  });
  after(() => server.close());

  const login = { user: 'kong"; --', password: "it's", database: 'kong' };

  test(`${version}: it is that version, with the settings asked for`, async () => {
    const [row] = await server.query("SELECT version(), current_setting('work_mem') AS work_mem");
    assert.match(String(row?.['version']), new RegExp(`^PostgreSQL ${version}\\.`));
    assert.equal(row?.['work_mem'], '3MB');
  });

  test(`${version}: a login over TCP needs the password`, async () => {
    const client = await server.connect(login);
    assert.deepEqual((await client.query('SELECT current_user AS me')).rows, [{ me: login.user }]);
    await client.end();
    await assert.rejects(server.connect({ ...login, password: 'wrong' }), { code: '28P01' });
  });

  test(`${version}: pg_hba.conf and TLS can change while it runs`, async () => {
    const { cert, key } = selfSigned('localhost');
    server.configure({ tls: { certificate: cert, key }, hba: ['hostssl all all all scram-sha-256'] });
    const trusting = { ...login, host: server.host, port: server.port, ssl: { ca: cert } };
    const client = await eventually(async () => {
      const candidate = new pg.Client(trusting);
      await candidate.connect();
      return candidate;
    });
    await client.end();
    await assert.rejects(server.connect(login), { code: '28000' });
    await assert.rejects(new pg.Client({ ...trusting, ssl: true }).connect(), { code: /SELF_SIGNED/ });
    server.configure({ settings: { work_mem: '3MB' } });
    await eventually(async () => (await server.connect(login)).end());
  });

  for (const mode of ['fast', 'immediate', 'kill'] as const) {
    test(`${version}: stopped by ${mode}, it refuses connections, and comes back with what it held`, async () => {
      await server.query(`CREATE TABLE t_${mode} ()`);
      await server.query('CHECKPOINT');
      await server.stop(mode);
      const socket = createConnection(server.port, server.host);
      const [error] = await once(socket, 'error');
      assert.equal(error.code, 'ECONNREFUSED');
      await server.start();
      assert.deepEqual(await server.query(`SELECT * FROM t_${mode}`), []);
    });
  }
}

test('it can be told to stay down at first, on a port already known', async () => {
  const server = await startPostgresql({ running: false });
  await assert.rejects(server.query('SELECT 1'));
  await server.start();
  assert.deepEqual(await server.query('SELECT 1 AS one'), [{ one: 1 }]);
  await server.close();
  assert.equal(existsSync(server.dataDirectory), false);
});

test('KILL of the process that started it leaves no server and no folder', async () => {
  const module = JSON.stringify(new URL('../world/postgresql.ts', import.meta.url).href);
  const script = `import { startPostgresql } from ${module};
    const server = await startPostgresql();
    console.log(server.dataDirectory, server.port);
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const [data = '', port = ''] = line.toString().trim().split(' ');
  assert.ok(existsSync(data));
  child.kill('SIGKILL');
  await eventually(async () => assert.equal(existsSync(dirname(data)), false));
  const [error] = await once(createConnection(Number(port), '127.0.0.1'), 'error');
  assert.equal(error.code, 'ECONNREFUSED');
});

/** Tries again until it succeeds, for ten seconds. */
async function eventually<Value>(attempt: () => Promise<Value>): Promise<Value> {
  const limit = Date.now() + 10_000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > limit) throw error;
      await sleep(50);
    }
  }
}
