import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export type ServerIdentity = { readonly key: string; readonly cert: string };

/** One request, its body read to the end. */
export type Request = {
  readonly method: string;
  /** Path and query as they came, still encoded. */
  readonly target: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
};

export type Handler = (request: Request, response: ServerResponse) => void | Promise<void>;

export type LoopbackServer = { readonly url: string; readonly port: number; close(): Promise<void> };

/** A server on 127.0.0.1; `https` where an identity is given. An error of the handler is a 500, so that no test hangs. */
export async function startLoopbackServer(
  handler: Handler,
  { port = 0, identity }: { readonly port?: number; readonly identity?: ServerIdentity | undefined } = {},
): Promise<LoopbackServer> {
  const listener = (incoming: IncomingMessage, response: ServerResponse): void => {
    answer(handler, incoming, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(String(error));
    });
  };
  const server = identity === undefined ? createHttpServer(listener) : createHttpsServer({ ...identity }, listener);
  server.listen(port, '127.0.0.1');
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `${identity === undefined ? 'http' : 'https'}://127.0.0.1:${bound}`,
    port: bound,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(handler: Handler, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const { method = '', url = '', headers } = incoming;
  await handler({ method, target: url, headers, body: Buffer.concat(chunks).toString('utf8') }, response);
}
