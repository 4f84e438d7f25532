import { connect, createServer, type Server, type Socket } from 'node:net';

/** A port of the loopback, or of all addresses where it is listened on; or the path of a socket. */
export type End = number | string;

/** Hands every connection at one end on to the other. */
export async function forward(from: End, to: End): Promise<Server> {
  const server = createServer((client) => {
    const further = typeof to === 'number' ? connect(to, '127.0.0.1') : connect(to);
    join(client, further);
    join(further, client);
  });
  server.listen(from);
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
  return server;
}

function join(from: Socket, to: Socket): void {
  from.pipe(to);
  from.on('error', () => to.destroy()).on('close', () => to.destroy());
}
