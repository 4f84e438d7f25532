import { type ClientRequestArgs, request } from 'node:http';
import { Agent, request as requestSecurely } from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';

/** The proxy did not let us through: the status that it answered, or the fault of the connection to it as the cause. */
export class ProxyError extends Error {
  readonly proxy: URL;
  readonly status: number | undefined;

  constructor(proxy: URL, { status, cause }: { readonly status?: number | undefined; readonly cause?: unknown }) {
    super('the proxy did not let us through', { cause });
    this.proxy = proxy;
    this.status = status;
  }
}

/** Until the proxy has opened a tunnel: less than all connecting may take, so that an error can say that it was the proxy. */
const TUNNEL_MS = 2_500;

/** How TLS is made with the host and, where the proxy itself is asked over TLS, with the proxy. */
export type TunnelTls = { readonly toHost: ConnectionOptions; readonly toProxy: ConnectionOptions };

/** Connections to hosts over TLS, each in a tunnel through the proxy (RFC 9110, CONNECT). */
export class TunnelAgent extends Agent {
  readonly #proxy: URL;
  readonly #tls: TunnelTls;

  constructor(proxy: URL, tls: TunnelTls) {
    super({ keepAlive: true });
    this.#proxy = proxy;
    this.#tls = tls;
  }

  override createConnection(
    { host, port }: ClientRequestArgs,
    callback: (error: Error | null, socket?: Duplex) => void,
  ): undefined {
    const name = host ?? '';
    openTunnel(this.#proxy, `${isIP(name) === 6 ? `[${name}]` : name}:${port}`, this.#tls.toProxy)
      .then((tunnel) => secure(tunnel, { ...this.#tls.toHost, host: name, servername: isIP(name) === 0 ? name : '' }))
      .then((socket) => callback(null, socket), callback);
  }
}

/** The header with the user and the password of a proxy's URL, where it has any. */
export function authorizationFor({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === '' && password === '') return {};
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` };
}

function openTunnel(proxy: URL, target: string, tls: ConnectionOptions): Promise<Duplex> {
  const ask = proxy.protocol === 'https:' ? requestSecurely : request;
  return new Promise((resolve, reject) => {
    const asked = ask(proxy, {
      ...tls,
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...authorizationFor(proxy) },
      agent: false,
    });
    const timer = setTimeout(() => {
      asked.destroy(Object.assign(new Error('no tunnel in time'), { code: 'ETIMEDOUT' }));
    }, TUNNEL_MS);
    asked
      .once('close', () => clearTimeout(timer))
      .once('connect', ({ statusCode: status }, socket) => {
        clearTimeout(timer);
        if (status === 200) return resolve(socket);
        socket.destroy();
        reject(new ProxyError(proxy, { status }));
      })
      .once('response', ({ statusCode: status }) => reject(new ProxyError(proxy, { status })))
      .once('error', (cause) => reject(new ProxyError(proxy, { cause })))
      .end();
  });
}

function secure(socket: Duplex, options: ConnectionOptions): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secured = connect({ ...options, socket }, () => resolve(secured.off('error', reject)));
    secured.once('error', reject);
  });
}
