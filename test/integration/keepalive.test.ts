import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from 'pg';
import { isDirect, keepServerAlive, serverKeepalive } from '../../src/database/connection/keepalive.ts';
import { availablePostgresqlVersions, type Postgresql, startPostgresql } from '../world/postgresql.ts';

for (const version of availablePostgresqlVersions()) {
  describe(`a session of PostgreSQL ${version}`, () => {
    let server: Postgresql;
    before(async () => {
      server = await startPostgresql({ version });
    });
    after(() => server.stop());

    /** What the server has set for a session whose login gave this process id, or the true one. */
    async function settingsAfter(processID?: number): Promise<Record<string, string>> {
      const client = new Client({
        host: '127.0.0.1',
        port: server.port,
        database: 'postgres',
        user: server.superuser,
        password: server.superuserPassword,
      });
      await client.connect();
      try {
        if (processID !== undefined) Object.assign(client, { processID });
        assert.equal(await isDirect(client), processID === undefined);
        await keepServerAlive(client);
        const { rows } = await client.query('SELECT name, setting FROM pg_settings WHERE name = ANY ($1)', [
          Object.keys(serverKeepalive),
        ]);
        return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
      } finally {
        await client.end();
      }
    }

    test('is looked after by the server until it ends', async () => {
      assert.deepEqual(await settingsAfter(), serverKeepalive);
    });

    test('of a pooler, which gives out process ids of its own, keeps no setting of ours', async () => {
      const kept = await settingsAfter(1);
      assert.deepEqual(
        Object.keys(serverKeepalive).filter((name) => kept[name] === serverKeepalive[name]),
        [],
      );
    });
  });
}
