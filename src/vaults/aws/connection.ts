import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { HttpHandlerOptions, HttpRequest, HttpResponse, RequestHandler } from '@smithy/types';
import { HttpProxyAgent, HttpsProxyAgent } from 'hpagent';
import { proxyFor } from '../proxy.ts';
import { readBody } from '../read-body.ts';
import { trustedAuthorities } from '../trusted-authorities.ts';
import type { VaultWorld } from '../vault.ts';

/** Until a TCP connection stands: a host in the same region answers in milliseconds, or not at all. */
const CONNECT_MS = 2_000;
/** One request and its whole answer. With three attempts, a service that hangs is given up after some 12 s. */
const EXCHANGE_MS = 4_000;

export type AwsRequestHandler = RequestHandler<HttpRequest, HttpResponse, HttpHandlerOptions>;

/**
 * The way out for every byte of the aws vault: bounded in time and size, stopped by the world's signal, through the
 * proxy that the environment names, and with certificates checked whatever `NODE_TLS_REJECT_UNAUTHORIZED` says.
 * Redirects are not followed. Throws SettingError for an unusable proxy or CA bundle.
 */
export function openConnection(world: VaultWorld): AwsRequestHandler {
  const ca = trustedAuthorities(world.environment, ['AWS_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS']);
  const tls = { rejectUnauthorized: true, minVersion: 'TLSv1.2', ca } as const;
  const direct = new NodeHttpHandler({
    connectionTimeout: CONNECT_MS,
    httpAgent: new HttpAgent({ keepAlive: true }),
    httpsAgent: new HttpsAgent({ keepAlive: true, ...tls }),
  });
  const proxied = new Map<string, NodeHttpHandler>();

  function handlerFor(request: HttpRequest): NodeHttpHandler {
    const proxy = proxyFor(urlOf(request), world.environment);
    if (proxy === undefined) return direct;
    const handler = proxied.get(proxy.href) ?? throughProxy(proxy, tls);
    proxied.set(proxy.href, handler);
    return handler;
  }

  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(request, options = {}) {
      const deadline = AbortSignal.timeout(options.requestTimeout ?? EXCHANGE_MS);
      const signal = AbortSignal.any([world.signal, deadline, ...callerSignal(options)]);
      try {
        const { response } = await handlerFor(request).handle(request as never, { abortSignal: signal });
        response.body = await readBody(response.body);
        return { response };
      } catch (error) {
        if (deadline.aborted && !world.signal.aborted) throw timeoutError();
        throw error;
      }
    },
    destroy() {
      for (const handler of [direct, ...proxied.values()]) handler.destroy();
    },
  };
}

/** The host of a request as a URL, which is all that the choice of a proxy needs. */
function urlOf({ protocol, hostname, port }: HttpRequest): URL {
  return new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`);
}

function throughProxy(proxy: URL, tls: object): NodeHttpHandler {
  const options = { keepAlive: true, timeout: EXCHANGE_MS, proxy, proxyRequestOptions: tls };
  return new NodeHttpHandler({
    connectionTimeout: CONNECT_MS,
    httpAgent: new HttpProxyAgent(options),
    httpsAgent: new HttpsProxyAgent({ ...options, ...tls }),
  });
}

function callerSignal(options: HttpHandlerOptions): AbortSignal[] {
  return options.abortSignal instanceof AbortSignal ? [options.abortSignal] : [];
}

/** The name by which the SDK knows that another attempt may help. */
function timeoutError(): Error {
  return Object.assign(new Error('no complete answer in time'), { name: 'TimeoutError', code: 'ETIMEDOUT' });
}
