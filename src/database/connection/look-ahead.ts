import { type LookupAddress, type LookupOptions, lookup as lookupName } from 'node:dns';
import { type LookupFunction, Socket } from 'node:net';

/** The addresses of the database's host, looked up while a vault is still answering: the one part of a connection that needs no secret. */
export type LookAhead = {
  /** Starts the lookup. The next connection to that host uses the result, and no later one. */
  begin(host: string): void;
  /** A socket for the PostgreSQL client, which connects it. */
  openSocket(): Socket;
};

type Lookup = (host: string, options: LookupOptions, callback: Parameters<LookupFunction>[2]) => void;

/** `lookup` is the system's, as the client itself would use it. */
export function createLookAhead(lookup: Lookup = lookupName): LookAhead {
  const ahead = new Map<string, Promise<readonly LookupAddress[]>>();

  /** Uses a result once: after a failover the name leads elsewhere, so every further connection looks it up again. */
  const lookupOnce: LookupFunction = (host, options, callback) => {
    const found = ahead.get(host);
    ahead.delete(host);
    if (found === undefined || options.all !== true) return lookup(host, options, callback);
    found.then(
      (addresses) => callback(null, [...addresses]),
      () => lookup(host, options, callback),
    );
  };

  return {
    begin(host) {
      if (host.startsWith('/') || ahead.has(host)) return;
      const found = findAll(host, lookup);
      found.catch(() => undefined);
      ahead.set(host, found);
    },
    openSocket() {
      const socket = new Socket();
      const connect = socket.connect.bind(socket);
      return Object.assign(socket, {
        connect: (target: number | string, host?: string) =>
          typeof target === 'string' ? connect(target) : connect({ port: target, host, lookup: lookupOnce }),
      });
    },
  };
}

function findAll(host: string, lookup: Lookup): Promise<readonly LookupAddress[]> {
  return new Promise((resolve, reject) => {
    lookup(host, { all: true }, (error, addresses) => {
      if (error === null && Array.isArray(addresses)) resolve(addresses);
      else reject(error ?? new TypeError('all addresses were asked for'));
    });
  });
}
