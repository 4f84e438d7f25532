import { request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';

export type Proxy = {
  readonly url: string;
  /** `host:port` of each tunnel that was asked for. */
  readonly tunnels: string[];
  /** The URL of each request in plain http that was passed on. */
  readonly passed: string[];
  close(): Promise<void>;
};

/** An HTTP proxy, for CONNECT and for whole URLs. With `authorization` it asks for that header; with `route` it connects elsewhere; with `identity` it is itself asked over TLS. */
export async function startProxy({
  authorization,
  route,
  identity,
}: {
  readonly authorization?: string;
  readonly route?: string;
  readonly identity?: { readonly cert: string; readonly key: string };
} = {}): Promise<Proxy> {
  const tunnels: string[] = [];
  const open = new Set<Socket>();
  const passed: string[] = [];
  const answer = (incoming: IncomingMessage, response: ServerResponse): void => {
    passed.push(incoming.url ?? '');
    if (authorization !== undefined && incoming.headers['proxy-authorization'] !== authorization) {
      response.writeHead(407).end();
      return;
    }
    passOn(incoming, response, route);
  };
  const server = identity === undefined ? createServer(answer) : createSecureServer(identity, answer);
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    tunnels.push(request.url ?? '');
    if (authorization !== undefined && request.headers['proxy-authorization'] !== authorization) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    const [host, port] = (route ?? request.url ?? '').split(':');
    const onward = connect(Number(port), host);
    for (const end of [socket, onward]) {
      open.add(end);
      end.on('error', () => end.destroy()).on('close', () => open.delete(end));
    }
    onward.once('connect', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `${identity === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tunnels,
    passed,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function passOn(incoming: IncomingMessage, response: ServerResponse, route: string | undefined): void {
  const url = new URL(incoming.url ?? '');
  const [hostname, port] = (route ?? url.host).split(':');
  const { 'proxy-authorization': _own, ...headers } = incoming.headers;
  const onward = ask({ hostname, port, path: `${url.pathname}${url.search}`, method: incoming.method, headers });
  onward.on('error', () => response.writeHead(502).end());
  onward.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  incoming.pipe(onward);
}
