import { createHash } from 'node:crypto';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';

export type ServerIdentity = { readonly key: string; readonly cert: string };

/** One request, its body read to the end. */
export type Request = {
  readonly method: string;
  /** Path and query as they came, still encoded. */
  readonly target: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** SHA-256 of the certificate that the client showed, in hexadecimal. */
  readonly certificate?: string | undefined;
};

export type Handler = (request: Request, response: ServerResponse) => void | Promise<void>;

export type LoopbackServer = { readonly url: string; readonly port: number; close(): Promise<void> };

export type LoopbackOptions = {
  readonly port?: number;
  /** Another address than that of loopback: for an emulator in a container of its own. */
  readonly host?: string;
  readonly identity?: ServerIdentity | undefined;
  /** Asks for a certificate of the client's, and takes any and none: the handler judges it. */
  readonly asksForCertificate?: boolean;
};

/** A server, on 127.0.0.1 unless told otherwise; `https` where an identity is given. An error of the handler is a 500, so that no test hangs. */
export async function startLoopbackServer(
  handler: Handler,
  { port = 0, host = '127.0.0.1', identity, asksForCertificate = false }: LoopbackOptions = {},
): Promise<LoopbackServer> {
  const listener = (incoming: IncomingMessage, response: ServerResponse): void => {
    answer(handler, incoming, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(String(error));
    });
  };
  const tls = { ...identity, requestCert: asksForCertificate, rejectUnauthorized: false };
  const server = identity === undefined ? createHttpServer(listener) : createHttpsServer(tls, listener);
  server.listen(port, host);
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `${identity === undefined ? 'http' : 'https'}://${host}:${bound}`,
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
  const body = Buffer.concat(chunks).toString('utf8');
  await handler({ method, target: url, headers, body, certificate: certificateOf(incoming) }, response);
}

function certificateOf({ socket }: IncomingMessage): string | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const { raw } = socket.getPeerCertificate();
  return raw === undefined ? undefined : createHash('sha256').update(raw).digest('hex');
}
