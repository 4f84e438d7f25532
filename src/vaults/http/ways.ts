import { Agent as PlainAgent, type RequestOptions } from 'node:http';
import { Agent } from 'node:https';
import { urlToHttpOptions } from 'node:url';
import { proxyFor } from '../proxy.ts';
import type { VaultWorld } from '../vault.ts';
import type { Trust } from './trust.ts';
import { authorizationFor, TunnelAgent } from './tunnel.ts';

/** What TLS is made with, besides the authorities. */
export type TlsChoice = {
  /** PEM texts of a certificate of our own. */
  readonly clientCertificate?: { readonly cert: string; readonly key: string } | undefined;
  /** False only where an option of Kong's says so. Nothing in the environment can. */
  readonly verify?: boolean | undefined;
};

/** Where a request goes, and over which connections. */
export type Way = {
  readonly options: RequestOptions;
  /** The proxy that it is put to, which passes it on; undefined where it goes to its host, be it through a tunnel. */
  readonly askedOf: URL | undefined;
};

/** The ways out: one direct, one for each proxy. */
export type Ways = {
  /** Throws SettingError for an unusable proxy. */
  wayTo(url: URL): Way;
  /** The ways on which more authorities are trusted; undefined where there are no more. Throws SettingError. */
  trusting(): Ways | undefined;
  close(): void;
};

type Agents = { readonly plain: PlainAgent; readonly secure: Agent };

export function openWays(environment: VaultWorld['environment'], trust: Trust, choice: TlsChoice): Ways {
  const tls = tlsOptions(trust, choice);
  const opened = new Map<string, Agents>();
  let wider: Ways | undefined;

  function agentsFor(proxy: URL | undefined): Agents {
    const key = proxy?.href ?? 'direct';
    const agents = opened.get(key) ?? openAgents(proxy, tls);
    opened.set(key, agents);
    return agents;
  }

  return {
    wayTo(url) {
      const proxy = proxyFor(url, environment);
      const { plain, secure } = agentsFor(proxy);
      if (url.protocol === 'https:')
        return { options: { ...urlToHttpOptions(url), agent: secure }, askedOf: undefined };
      const options = proxy === undefined ? urlToHttpOptions(url) : putTo(proxy, url);
      return { options: { ...options, agent: plain }, askedOf: proxy };
    },
    trusting() {
      const { all } = trust;
      if (all === undefined) return undefined;
      wider ??= openWays(environment, { authorities: all() }, choice);
      return wider;
    },
    close() {
      for (const { plain, secure } of opened.values()) for (const agent of [plain, secure]) agent.destroy();
      wider?.close();
    },
  };
}

/** The whole URL is the path, and the proxy's own login a header. */
function putTo(proxy: URL, url: URL): RequestOptions {
  const headers = { host: url.host, ...authorizationFor(proxy) };
  return { ...urlToHttpOptions(proxy), auth: null, path: url.href, headers };
}

type Tls = ReturnType<typeof tlsOptions>;

/** Verification is always said, so that `NODE_TLS_REJECT_UNAUTHORIZED` says nothing. */
function tlsOptions({ authorities }: Trust, { clientCertificate, verify = true }: TlsChoice) {
  const common = { minVersion: 'TLSv1.2', ...(authorities !== undefined && { ca: [...authorities] }) } as const;
  return {
    toHost: { ...common, rejectUnauthorized: verify, ...clientCertificate },
    // A proxy is always checked, and sees no certificate of ours.
    toProxy: { ...common, rejectUnauthorized: true },
  };
}

/** A question over plain http is put to the proxy itself; one over TLS goes through a tunnel. */
function openAgents(proxy: URL | undefined, tls: Tls): Agents {
  const keepAlive = true;
  if (proxy === undefined)
    return { plain: new PlainAgent({ keepAlive }), secure: new Agent({ keepAlive, ...tls.toHost }) };
  const secure = new TunnelAgent(proxy, tls);
  const plain = proxy.protocol === 'https:' ? new Agent({ keepAlive, ...tls.toProxy }) : new PlainAgent({ keepAlive });
  return { plain, secure };
}
