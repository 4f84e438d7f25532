import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EntrypointOptions } from '../world/kong-entrypoint.ts';

/** A name that leads to an address, and later to another, for the starts that are told of it. */
export type NamedHost = {
  readonly name: string;
  pointTo(address: string): void;
  /** The same start where the name is known: with an /etc/hosts of its own, which is read at each look-up. */
  knownTo<T extends EntrypointOptions>(options: T): T;
};

const NAME = 'database.fleet.test';
const SCRIPT = 'mount --bind "$HOSTS" /etc/hosts && unset HOSTS && exec "$@"';

export function nameHost(folder: string, address: string): NamedHost {
  const hosts = join(folder, 'hosts');
  const pointTo = (to: string): void => writeFileSync(hosts, `127.0.0.1 localhost\n${to} ${NAME}\n`);
  pointTo(address);
  return {
    name: NAME,
    pointTo,
    knownTo: (options) => ({
      ...options,
      program: ['/usr/bin/unshare', '--mount', '/bin/sh', '-c', SCRIPT, 'sh', ...options.program],
      environment: { ...options.environment, HOSTS: hosts },
    }),
  };
}
