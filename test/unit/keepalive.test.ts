import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepServerAlive } from '../../src/database/connection/keepalive.ts';

/** A connection to a server process of this id, which says that it is this one. */
function connection(processID: number, pid: number) {
  const asked: string[] = [];
  const client = {
    processID,
    query: async (text: string, values: readonly unknown[] = []) => {
      asked.push([text.replace(/\s+/g, ' '), ...values.flat()].join(' '));
      return { rows: [{ pid }] };
    },
  };
  return { asked, client: client as never };
}

test('the server is told to look after the connection, for the whole session', async () => {
  const { asked, client } = connection(4711, 4711);
  await keepServerAlive(client);
  assert.equal(asked.length, 2);
  assert.match(
    asked[1] ?? '',
    /set_config.* tcp_keepalives_idle tcp_keepalives_interval tcp_keepalives_count tcp_user_timeout 15 5 3 30000 false$/,
  );
});

test('a pooler, which gives out process ids of its own, keeps no setting of ours', async () => {
  const { asked, client } = connection(1234, 4711);
  await keepServerAlive(client);
  assert.deepEqual(asked, ['SELECT pg_backend_pid() AS pid']);
});
