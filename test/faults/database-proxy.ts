import { connect, createServer, type Socket } from 'node:net';

/** What befalls a connection on its way. `after` counts the bytes that the server has sent by then. */
export type WayFault =
  | { readonly kind: 'latency'; readonly milliseconds: number }
  /** The connection is reset. */
  | { readonly kind: 'cut'; readonly after: number }
  /** Nothing comes through any more, and nothing ends. */
  | { readonly kind: 'stall'; readonly after: number }
  /** The answer ends in the middle, as if it were whole. */
  | { readonly kind: 'truncate'; readonly after: number };

export type DatabaseProxy = { readonly port: number; readonly connections: () => number; close(): Promise<void> };

/** A way to the server at this port of the loopback on which the first so many connections meet the fault. */
export async function startDatabaseProxy(
  serverPort: number,
  fault: WayFault,
  times = Number.POSITIVE_INFINITY,
): Promise<DatabaseProxy> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((client) => {
    connections += 1;
    const upstream = connect(serverPort, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    }
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.end());
    if (connections <= times) spoil(client, upstream, fault);
    else client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    connections: () => connections,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function spoil(client: Socket, server: Socket, fault: WayFault): void {
  if (fault.kind === 'latency') {
    delay(client, server, fault.milliseconds);
    delay(server, client, fault.milliseconds);
    return;
  }
  client.on('data', (bytes) => server.write(bytes));
  let sent = 0;
  server.on('data', (bytes) => {
    const allowed = bytes.subarray(0, Math.max(0, fault.after - sent));
    sent += bytes.length;
    if (allowed.length > 0) client.write(allowed);
    if (sent < fault.after) return;
    if (fault.kind === 'cut') client.resetAndDestroy();
    if (fault.kind === 'truncate') client.end();
  });
}

function delay(from: Socket, to: Socket, milliseconds: number): void {
  from.on('data', (bytes) => setTimeout(() => to.write(bytes), milliseconds));
}
