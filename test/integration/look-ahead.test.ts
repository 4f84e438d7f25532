import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createLookAhead } from '../../src/database/connection/look-ahead.ts';

let server: Server;
let port: number;
before(async () => {
  server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});
after(() => server.close());

/** A name server of one name, which notes how often it was asked, and fails the first times. */
function nameServer(failures = 0) {
  const asked: string[] = [];
  const addresses: LookupAddress[] = [{ address: '127.0.0.1', family: 4 }];
  const ahead = createLookAhead((host, _options, callback) => {
    asked.push(host);
    const error = asked.length > failures ? null : Object.assign(new Error('not found'), { code: 'ENOTFOUND' });
    setImmediate(() => callback(error, error === null ? addresses : []));
  });
  return { asked, ahead };
}

async function connect({ ahead }: ReturnType<typeof nameServer>, host = 'db.example.com'): Promise<void> {
  const socket = ahead.openSocket();
  socket.connect(port, host);
  await once(socket, 'connect');
  socket.destroy();
}

test('a name that was looked up ahead is not looked up again for the first connection, and is for the next', async () => {
  const names = nameServer();
  names.ahead.begin('db.example.com');
  names.ahead.begin('db.example.com');
  assert.deepEqual(names.asked, ['db.example.com']);
  await connect(names);
  assert.equal(names.asked.length, 1);
  await connect(names);
  assert.equal(names.asked.length, 2);
});

test('a name that was not found ahead is looked up again, for it may be there by now', async () => {
  const names = nameServer(1);
  names.ahead.begin('db.example.com');
  await connect(names);
  assert.equal(names.asked.length, 2);
});

test('another name is looked up for itself', async () => {
  const names = nameServer();
  names.ahead.begin('old.example.com');
  await connect(names);
  assert.deepEqual(names.asked, ['old.example.com', 'db.example.com']);
});

test('the path of a socket is not a name', async () => {
  const names = nameServer();
  names.ahead.begin('/var/run/postgresql');
  const path = join(tmpdir(), `look-ahead-${process.pid}`);
  const local = createServer().listen(path);
  await once(local, 'listening');
  const socket = names.ahead.openSocket();
  socket.connect(path);
  await once(socket, 'connect');
  socket.destroy();
  local.close();
  assert.deepEqual(names.asked, []);
});
