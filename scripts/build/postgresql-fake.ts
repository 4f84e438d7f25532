import { createServer, type Socket } from 'node:net';

export type PostgresqlFake = { readonly port: number; close(): Promise<void> };

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const parseComplete = message('1', Buffer.alloc(0));
const bindComplete = message('2', Buffer.alloc(0));
const complete = message('C', Buffer.from('SELECT 1\0'));
const ready = message('Z', Buffer.from('T'));
const loggedIn = Buffer.concat([message('R', Buffer.alloc(4)), ready]);

/** The columns that the statements of a start look at, each true, a name or an empty list. */
const columns: readonly (readonly [name: string, type: number, value: string])[] = [
  ['schema', 25, 'public'],
  ['schemaExists', 16, 't'],
  ['isBootstrapped', 16, 't'],
  ['isReadable', 16, 't'],
  ['hasMemory', 16, 'f'],
  ['obtained', 16, 't'],
  ['subsystem', 25, 'core'],
  ['executed', 1009, '{}'],
  ['pending', 1009, '{}'],
];

function rowDescription(): Buffer {
  const count = Buffer.alloc(2);
  count.writeInt16BE(columns.length);
  const fields = columns.map(([name, type]) => {
    const field = Buffer.alloc(18);
    field.writeInt32BE(type, 6);
    field.writeInt16BE(1, 10);
    return Buffer.concat([Buffer.from(`${name}\0`), field]);
  });
  return message('T', Buffer.concat([count, ...fields]));
}

function dataRow(): Buffer {
  const count = Buffer.alloc(2);
  count.writeInt16BE(columns.length);
  const fields = columns.map(([, , value]) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(value.length);
    return Buffer.concat([length, Buffer.from(value)]);
  });
  return message('D', Buffer.concat([count, ...fields]));
}

/** One row with every column answers every statement, simple or prepared; a statement about other backends finds none. */
function answer(request: Buffer): Buffer {
  const isSimple = request[0] === 0x51;
  const isAboutOthers = request.includes('AccessExclusiveLock') || request.includes('to_regclass($1)');
  const rows = isAboutOthers ? [] : [dataRow()];
  return Buffer.concat([
    ...(isSimple ? [] : [parseComplete, bindComplete]),
    rowDescription(),
    ...rows,
    complete,
    ready,
  ]);
}

function serve(socket: Socket): void {
  let isStarted = false;
  socket.on('error', () => socket.destroy());
  socket.on('data', (request) => {
    if (!isStarted) {
      isStarted = true;
      socket.write(loggedIn);
    } else if (request[0] === 0x58) socket.end();
    else socket.write(answer(request));
  });
}

/** Just enough of PostgreSQL's protocol for one warm start, on a loopback port. Every login is accepted. */
export function startPostgresqlFake(): Promise<PostgresqlFake> {
  const server = createServer(serve);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      resolve({ port, close: () => new Promise((done) => server.close(() => done())) });
    });
  });
}
