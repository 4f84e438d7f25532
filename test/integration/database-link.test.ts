import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { openLink } from '../../src/database/available/link.ts';
import { createLookAhead } from '../../src/database/connection/look-ahead.ts';
import { createLog } from '../../src/log.ts';

/** What the server does with each message after the startup: the texts of errors, `close`, or nothing at all. */
type Answer = 'close' | 'silence' | { readonly code: string; readonly message: string };

const PID = 4711;
/** AuthenticationOk, BackendKeyData, ReadyForQuery. */
const LOGGED_IN = Buffer.concat([message('R', int(0)), message('K', int(PID), int(1)), message('Z', Buffer.from('I'))]);

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function message(type: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int(body.length + 4), body]);
}

function refusal({ code, message: text }: { readonly code: string; readonly message: string }): Buffer {
  return Buffer.concat([
    message('E', Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${text}\0\0`)),
    message('Z', Buffer.from('I')),
  ]);
}

/** What a link meets that runs one statement at a server which lets everybody log in and then does this. */
async function meet(answer: Answer, limit: number) {
  const open = new Set<Socket>();
  let [connections, mostAtOnce] = [0, 0];
  const server = createServer((socket) => {
    connections += 1;
    open.add(socket);
    mostAtOnce = Math.max(mostAtOnce, open.size);
    socket.on('error', () => undefined).on('close', () => open.delete(socket));
    socket.once('data', () => {
      socket.write(LOGGED_IN);
      socket.on('data', () => {
        if (answer === 'close') socket.destroy();
        else if (answer !== 'silence') socket.write(refusal(answer));
      });
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const lines: string[] = [];
  const log = createLog({ level: 'info', format: 'text', write: (line) => void lines.push(line), now: Date.now });
  const settings = { host: '127.0.0.1', port, user: 'kong', database: 'kong', timeout: 5000, typed: {} } as never;
  const link = openLink({
    settings: () => settings,
    password: async () => undefined,
    refresh: undefined,
    isPatient: false,
    limit,
    signal: new AbortController().signal,
    log,
    ahead: createLookAhead(),
  });
  const started = performance.now();
  const error: unknown = await link.run((client) => client.query('SELECT 1')).catch((thrown: unknown) => thrown);
  const took = performance.now() - started;
  await link.close();
  server.close();
  return { error, took, connections, mostAtOnce, lines: lines.map((line) => line.replace(String(port), 'PORT')) };
}

type Row = readonly [situation: string, answer: Answer, reason: RegExp];

const away: readonly Row[] = [
  ['closes the connection at every statement', 'close', /: the connection was closed$/],
  ['never answers a statement', 'silence', /: a statement was not answered within [\d.]+ s$/],
  [
    'is a pooler whose server is down',
    { code: '08P01', message: 'server login has been failing, cached error: connect failed (server_login_retry)' },
    /: server login has been failing, .*\(08P01\)$/,
  ],
  ['is a pooler without a connection to give', { code: '08P01', message: 'query_wait_timeout' }, /query_wait_timeout/],
  ['has too many connections', { code: '53300', message: 'sorry, too many clients already' }, /\(53300\)$/],
  ['has a full disk', { code: '53100', message: 'could not extend file' }, /\(53100\)$/],
  ['is still starting', { code: '57P03', message: 'the database system is starting up' }, /\(57P03\)$/],
];

const LIMIT = 2500;

for (const [situation, answer, reason] of away) {
  test(`a server that ${situation} is away: one limit for connecting and the statement, one line, one connection at a time`, {
    timeout: 15_000,
  }, async () => {
    const { error, took, connections, mostAtOnce, lines } = await meet(answer, LIMIT);
    assert.ok(error instanceof Error && 'exitCode' in error, String(error));
    assert.equal(error.exitCode, 75);
    assert.match(error.message, reason);
    assert.match(error.message, /^PostgreSQL at 127\.0\.0\.1:\d+ was not available within 2\.5 s: /);
    assert.ok(took >= LIMIT && took < LIMIT + 2500, `${took} ms`);
    assert.ok(connections >= 1 && connections <= 8, `${connections} connections`);
    assert.equal(mostAtOnce, 1, 'a connection that failed is ended before the next is opened');
    assert.ok(lines.length <= 1, lines.join(''));
  });
}

test('a server that refuses the login is not waited for', async () => {
  const { error, took, connections } = await meet({ code: '08P01', message: 'password authentication failed' }, 60_000);
  assert.ok(error instanceof Error && 'exitCode' in error && error.exitCode === 77, String(error));
  assert.ok(took < 2000 && connections === 1);
});

test('a statement that hangs is told of every five seconds, and given up after 20 s for a new connection', async () => {
  const { connections, lines, took } = await meet('silence', 22_000);
  assert.ok(took > 20_000);
  assert.equal(connections, 2);
  assert.match(lines[0] ?? '', /waiting for PostgreSQL at 127\.0\.0\.1:PORT: no answer for 5\.\d s; 1[67]\.\d s left/);
  assert.ok(lines.length >= 3 && lines.length <= 4, lines.join(''));
});
