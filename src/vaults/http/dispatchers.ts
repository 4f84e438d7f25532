import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import { proxyFor } from '../proxy.ts';
import { trustedAuthorities } from '../trusted-authorities.ts';
import type { VaultWorld } from '../vault.ts';

export type TlsOptions = {
  /** PEM texts of the authorities that are trusted; default: the usual ones and those of `NODE_EXTRA_CA_CERTS`. */
  readonly authorities?: readonly string[] | undefined;
  /** PEM texts of a certificate of our own. */
  readonly clientCertificate?: { readonly cert: string; readonly key: string } | undefined;
  /** False only where an option of Kong's says so. Nothing in the environment can. */
  readonly verify?: boolean | undefined;
};

/** The ways out: one direct, one for each proxy. */
export type Dispatchers = {
  /** Throws SettingError for an unusable proxy. */
  dispatcherFor(url: URL): Dispatcher;
  close(): Promise<void>;
};

/** Until a connection stands, TLS included: a host that can be reached answers in milliseconds. */
const CONNECT_MS = 3_000;

/** The limits of a whole question are set where it is asked; undici's own would only cut it short. */
const limits = { headersTimeout: 0, bodyTimeout: 0, pipelining: 1, allowH2: false } as const;

export function openDispatchers(environment: VaultWorld['environment'], given: TlsOptions): Dispatchers {
  const tls = tlsOptions(environment, given);
  const direct = new Agent({ ...limits, connect: { ...tls, timeout: CONNECT_MS, allowH2: false } });
  const proxied = new Map<string, ProxyAgent>();
  return {
    dispatcherFor(url) {
      const proxy = proxyFor(url, environment);
      if (proxy === undefined) return direct;
      const dispatcher = proxied.get(proxy.href) ?? throughProxy(proxy, tls);
      proxied.set(proxy.href, dispatcher);
      return dispatcher;
    },
    async close() {
      await Promise.all([direct, ...proxied.values()].map((dispatcher) => dispatcher.destroy()));
    },
  };
}

type Tls = ReturnType<typeof tlsOptions>;

function tlsOptions(environment: VaultWorld['environment'], { authorities, clientCertificate, verify }: TlsOptions) {
  const ca = authorities === undefined ? trustedAuthorities(environment) : [...authorities];
  return {
    rejectUnauthorized: verify ?? true,
    minVersion: 'TLSv1.2' as const,
    ...(ca === undefined ? {} : { ca }),
    ...clientCertificate,
  };
}

/** A proxy that is itself asked over TLS is checked against the same authorities, always, and sees no certificate of ours. */
function throughProxy(proxy: URL, tls: Tls): ProxyAgent {
  const { cert: _cert, key: _key, ...proxyTls } = { cert: undefined, key: undefined, ...tls };
  return new ProxyAgent({
    ...limits,
    uri: proxy.href,
    connectTimeout: CONNECT_MS,
    requestTls: { ...tls, timeout: CONNECT_MS, allowH2: false },
    proxyTls: { ...proxyTls, rejectUnauthorized: true, timeout: CONNECT_MS, allowH2: false },
  });
}
