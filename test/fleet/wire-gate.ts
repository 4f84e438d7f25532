import { connect, createServer, type Socket } from 'node:net';
import { type Message, takeMessage } from '../world/database-gate.ts';

/** Where in its conversation with the server a client meets the fault. */
export const wireSteps = {
  'at the TCP connection': (event) => event === 'connected',
  'after the startup message': (event) => typeof event === 'object' && event.type === '',
  'at the password (SASL)': (event) => typeof event === 'object' && event.type === 'p',
  'right after the login': (event) => event === 'ready',
  'at BEGIN': (event) => startsWith(event, 'BEGIN'),
  'in a statement': (event) => startsWith(event, 'SELECT'),
} satisfies Record<string, (event: WireEvent) => boolean>;

export type WireStep = keyof typeof wireSteps;
type WireEvent = 'connected' | 'ready' | Message;

export type WireFault = {
  readonly at: WireStep;
  readonly how: 'close' | 'silence';
  /** Milliseconds from the gate's beginning for which it befalls every connection. */
  readonly lasts: number;
};

export type WireGate = { readonly port: number; close(): Promise<void> };

/** A way to the server at this port of the loopback on which a connection breaks at one step of the protocol. */
export async function startWireGate(serverPort: number, { at, how, lasts }: WireFault): Promise<WireGate> {
  const sockets = new Set<Socket>();
  const over = performance.now() + lasts;
  const gate = createServer((client) => {
    const server = connect(serverPort, '127.0.0.1');
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    }
    client.on('close', () => server.destroy());
    server.on('close', () => client.destroy());
    let isBroken = false;
    const meet = (event: WireEvent): void => {
      if (isBroken || performance.now() > over || !wireSteps[at](event)) return;
      isBroken = true;
      if (how === 'close') client.destroy();
    };
    const read = createReader(meet);
    client.on('data', (chunk) => {
      if (!isBroken) read(chunk);
      if (!isBroken) server.write(chunk);
    });
    server.on('data', (chunk) => {
      if (!isBroken) client.write(chunk);
      if (chunk.includes(READY)) meet('ready');
    });
    meet('connected');
  });
  await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
  const address = gate.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => gate.close(() => resolve()));
    },
  };
}

/** ReadyForQuery, outside a transaction. */
const READY = Buffer.from('Z\0\0\0\x05I', 'latin1');

/** Tells of each message of a frontend as it becomes whole. */
function createReader(tell: (message: Message) => void): (chunk: Buffer) => void {
  let held: Buffer = Buffer.alloc(0);
  let isStarted = false;
  return (chunk) => {
    held = Buffer.concat([held, chunk]);
    for (let message = takeMessage(held, isStarted); message !== undefined; message = takeMessage(held, isStarted)) {
      held = message.rest;
      isStarted = true;
      tell(message);
    }
  };
}

function startsWith(event: WireEvent, word: string): boolean {
  if (typeof event === 'string') return false;
  if (event.type === 'Q') return event.texts[0]?.startsWith(word) === true;
  return event.type === 'P' && event.texts[1]?.startsWith(word) === true;
}
