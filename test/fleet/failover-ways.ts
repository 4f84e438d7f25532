import { startOf } from '../migrations/scene.ts';
import type { EntrypointOptions } from '../world/kong-entrypoint.ts';
import type { PostgresqlOptions } from '../world/postgresql.ts';
import { startHaproxy } from './haproxy.ts';
import { nameHost } from './named-host.ts';
import type { Part } from './needed-parts.ts';
import { createNetwork } from './network.ts';
import type { StandbyPlace } from './server-pair.ts';
import type { Undo } from './situation.ts';
import { afterAWhile, onMachine, type Stage, serverOn } from './stage.ts';

/** How starts get to a pair of servers, of which the second takes over. */
export type Way = StandbyPlace & {
  readonly firstServer: PostgresqlOptions;
  /** Opens the way to the first server of this stage. */
  lead(after: Undo, stage: Stage): Promise<Route>;
};

export type Route = {
  /** A start that goes this way. */
  begin(options?: readonly string[]): EntrypointOptions;
  /** Ends the first server; the way leads to the second then. */
  endFirst(): Promise<void>;
};

export type WayName = keyof typeof ways;

type Offer = { readonly atMost: number; readonly needs: readonly Part[]; open(after: Undo): Promise<Way> };

const [FIRST, SECOND] = ['127.0.0.1', '127.0.0.2'] as const;
/** Milliseconds until a name leads elsewhere, and until a proxy has noticed. */
const CHANGE = 1000;

export const ways = {
  'by name': { atMost: 40, needs: ['mount namespaces'], open: async () => byName },
  'through HAProxy': { atMost: 40, needs: ['HAProxy'], open: async () => throughHaproxy },
  'by name, from a host that is gone without a FIN,': {
    atMost: 75,
    needs: ['mount namespaces', 'network namespaces'],
    open: byNameFromLostHost,
  },
} satisfies Record<string, Offer>;

const onLoopback = { firstServer: {}, primaryAddress: FIRST, address: SECOND };

const byName: Way = {
  ...onLoopback,
  async lead(_after, { scene, server, environment }) {
    const host = nameHost(scene.world.folder, FIRST);
    return {
      begin: (options) => host.knownTo(startOf({ ...environment, KONG_PG_HOST: host.name }, options)),
      async endFirst() {
        await server.stop('immediate');
        await afterAWhile(() => host.pointTo(SECOND), CHANGE);
      },
    };
  },
};

const throughHaproxy: Way = {
  ...onLoopback,
  async lead(after, { server, environment }) {
    const haproxy = await startHaproxy([FIRST, SECOND].map((host) => ({ host, port: server.port })));
    after(() => haproxy.close());
    return {
      begin: (options) => startOf({ ...environment, KONG_PG_PORT: String(haproxy.port) }, options),
      async endFirst() {
        await server.stop('immediate');
        await afterAWhile(() => undefined, CHANGE);
      },
    };
  },
};

async function byNameFromLostHost(after: Undo): Promise<Way> {
  const network = await createNetwork();
  after(() => network.close());
  const [first, second, node] = [await network.addMachine(), await network.addMachine(), await network.addMachine()];
  return {
    firstServer: serverOn(first),
    primaryAddress: first.address,
    address: second.address,
    within: second.withinAsServer,
    async lead(_after, { scene, server, environment }) {
      const host = nameHost(scene.world.folder, first.address);
      return {
        begin: (options) =>
          onMachine(node, host.knownTo(startOf({ ...environment, KONG_PG_HOST: host.name }, options))),
        async endFirst() {
          first.cutLink();
          await server.stop('immediate');
          await afterAWhile(() => host.pointTo(second.address), CHANGE);
        },
      };
    },
  };
}
