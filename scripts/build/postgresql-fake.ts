import { createServer, type Socket } from 'node:net';
import { answerLogin } from './postgresql-login.ts';
import { complete, type Row, ready, rows, statementDone } from './postgresql-messages.ts';

export type PostgresqlFake = { readonly port: number; close(): Promise<void> };

/** The columns that the statements of a start look at, each true, a name or a list. */
const facts: Row = [
  ['schema', 'text', 'public'],
  ['schemaExists', 'bool', 't'],
  ['isBootstrapped', 'bool', 't'],
  ['isReadable', 'bool', 't'],
  ['hasMemory', 'bool', 't'],
  ['obtained', 'bool', 't'],
];
/** Kong's own table, as rows and as JSON. */
const executed: Row = [
  ['subsystem', 'text', 'core'],
  ['lastExecuted', 'text', '000_base'],
  ['executed', 'text[]', '{000_base}'],
  ['pending', 'text[]', '{}'],
];
const executedJson = JSON.stringify([
  { subsystem: 'core', lastExecuted: '000_base', executed: ['000_base'], pending: [] },
]);

/** One row answers every statement but those about Kong's own table, simple or prepared; a statement about other backends, or about interrupted bootstraps, finds none. What is noted as ready is remembered. */
function answer(request: Buffer, memory: ReadyRow[]): Buffer {
  const isSimple = request[0] === 0x51;
  if (request.includes("'ready', $1, $2")) memory.push(readReadyRow(request));
  const findsNone = ['AccessExclusiveLock', 'to_regclass($1)', "kind = 'bootstrapping'"].some((words) =>
    request.includes(words),
  );
  const found = rows(rowFor(request, memory), findsNone ? 0 : 1);
  return Buffer.concat([...(isSimple ? [] : [statementDone]), found, complete, ready]);
}

function rowFor(request: Buffer, memory: readonly ReadyRow[]): Row {
  if (!request.includes('schema_meta WHERE')) return facts;
  if (!request.includes('json_agg')) return executed;
  return [
    ['executed', 'json', executedJson],
    ['ready', 'json', JSON.stringify(memory)],
  ];
}

type ReadyRow = { readonly fingerprint: string; readonly namespaces: string };

/** The two parameters of the statement's Bind message, the last two texts before what executes it. */
function readReadyRow(request: Buffer): ReadyRow {
  const fingerprint = /[0-9a-f]{64}/.exec(request.toString('latin1'));
  if (fingerprint === null) throw new Error('no fingerprint in the statement that remembers one');
  const at = fingerprint.index + fingerprint[0].length;
  const length = request.readInt32BE(at);
  return { fingerprint: fingerprint[0], namespaces: request.toString('utf8', at + 4, at + 4 + length) };
}

/** Just enough of PostgreSQL's protocol for a start, and for a warm one after it, on a loopback port. This password is asked for. */
export function startPostgresqlFake(password: string): Promise<PostgresqlFake> {
  const memory: ReadyRow[] = [];
  function serve(socket: Socket): void {
    const login = answerLogin(password);
    socket.on('error', () => socket.destroy());
    socket.on('data', (request) => {
      const reply = login(request);
      if (reply !== undefined) socket.write(reply);
      else if (request[0] === 0x58) socket.end();
      else socket.write(answer(request, memory));
    });
  }
  const server = createServer(serve);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      resolve({ port, close: () => new Promise((done) => server.close(() => done())) });
    });
  });
}
