import { connect, createServer, type Server, type Socket } from 'node:net';

/** What a client said on one connection, as far as it can be told from the wire. */
export type Conversation = {
  /** The client's statements, simple and prepared, in order. */
  readonly statements: string[];
  /** The parameters that the client sent at startup, by name. */
  readonly startup: Record<string, string>;
  /** The port from which the gate went on to the server: `client_port` in pg_stat_activity. */
  readonly port: () => number;
  readonly cut: () => void;
};

/** A way to PostgreSQL that can be watched, cut and shut. Without TLS, since what goes by is read. */
export type DatabaseGate = {
  readonly port: number;
  /** Every connection since the last `forget()`. */
  readonly conversations: readonly Conversation[];
  forget(): void;
  /** From now on nothing listens here; what is open stays open. */
  shut(): Promise<void>;
  /** From now on connections are taken, and nothing ever answers. */
  silence(): void;
  open(): Promise<void>;
  close(): Promise<void>;
};

/** A gate before the server that listens on this port of the loopback. */
export async function startDatabaseGate(serverPort: number): Promise<DatabaseGate> {
  let conversations: Conversation[] = [];
  const sockets = new Set<Socket>();
  let isSilent = false;
  const server = createServer((socket) => {
    track(socket, sockets);
    if (!isSilent) conversations.push(converse(socket, serverPort, sockets));
  });
  await listen(server, 0);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    port,
    get conversations() {
      return conversations;
    },
    forget() {
      conversations = [];
    },
    async shut() {
      await new Promise<void>((resolve) => {
        server.close();
        setImmediate(resolve);
      });
    },
    silence() {
      isSilent = true;
    },
    async open() {
      isSilent = false;
      if (!server.listening) await listen(server, port);
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, '127.0.0.1', resolve);
  return promise;
}

function track(socket: Socket, sockets: Set<Socket>): void {
  sockets.add(socket);
  socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
}

function converse(client: Socket, serverPort: number, sockets: Set<Socket>): Conversation {
  const server = connect(serverPort, '127.0.0.1');
  track(server, sockets);
  const statements: string[] = [];
  const startup: Record<string, string> = {};
  const read = createReader(statements, startup);
  client.on('data', read);
  client.pipe(server).pipe(client);
  client.on('close', () => server.destroy());
  server.on('close', () => client.destroy());
  return { statements, startup, port: () => server.localPort ?? 0, cut: () => client.destroy() };
}

/** What a frontend says at a time: its type, empty for the very first, and the texts in it. */
export type Message = { readonly type: string; readonly texts: readonly string[]; readonly rest: Buffer };

/** Reads what a frontend sends: the startup message, then Query and Parse. */
function createReader(statements: string[], startup: Record<string, string>): (chunk: Buffer) => void {
  let held: Buffer = Buffer.alloc(0);
  let isStarted = false;

  function note({ type, texts }: Message): void {
    if (!isStarted) Object.assign(startup, inPairs(texts));
    if (type === 'Q') statements.push(texts[0] ?? '');
    if (type === 'P') statements.push(texts[1] ?? '');
    isStarted = true;
  }

  return (chunk) => {
    held = Buffer.concat([held, chunk]);
    for (let message = takeMessage(held, isStarted); message !== undefined; message = takeMessage(held, isStarted)) {
      note(message);
      held = message.rest;
    }
  };
}

/** The first message that is there as a whole. The very first has no type, and its protocol version before its texts. */
export function takeMessage(held: Buffer, isStarted: boolean): Message | undefined {
  const start = isStarted ? 1 : 0;
  if (held.length < start + 4) return undefined;
  const end = start + held.readUInt32BE(start);
  if (held.length < end) return undefined;
  const texts = held.toString('utf8', isStarted ? start + 4 : 8, end).split('\0');
  return { type: held.toString('latin1', 0, start), texts, rest: held.subarray(end) };
}

function inPairs(texts: readonly string[]): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (let index = 0; index + 1 < texts.length && texts[index] !== ''; index += 2) {
    parameters[texts[index] ?? ''] = texts[index + 1] ?? '';
  }
  return parameters;
}
