import { startOf, type Variables } from '../../migrations/scene.ts';
import { type RunningEntrypoint, spawnEntrypoint } from '../../world/kong-entrypoint.ts';
import { startPgbouncer } from '../../world/pgbouncer.ts';
import { KONG_PASSWORD, KONG_USER } from '../../world/world.ts';
import { createNetwork, type Machine, type Network } from '../network.ts';
import { type Situation, type Undo, type Watched, watchStart } from '../situation.ts';
import { hangingBootstrap, onMachine, serverOn, setStage } from '../stage.ts';

/** What PgBouncer has to be told, so that it notices a client that vanished as soon as a server does. */
const keepalives = { tcp_keepalive: '1', tcp_keepidle: '15', tcp_keepintvl: '5', tcp_keepcnt: '3' };

const HELD = /waiting for the lock on schema public, held by PostgreSQL process \d+ at \S+ since \S+ UTC; .+ so far/;

/** A node that holds the lock, and whose link goes down: no FIN, no RST. Seconds count from then on. */
export const vanishedSituations: readonly Situation[] = [
  {
    name: 'the holder of the lock vanished without a FIN',
    does: 'waits for the server to notice, then repairs what the holder began',
    exitCode: 0,
    atMost: 45,
    needs: ['network namespaces'],
    line: HELD,
    play: (after) => meetGhost(after, async ({ server }) => server.address),
  },
  {
    name: 'the holder vanished, behind a PgBouncer with `tcp_keepidle = 15`, `tcp_keepintvl = 5`, `tcp_keepcnt = 3`',
    does: 'waits for PgBouncer to notice, then repairs what the holder began',
    exitCode: 0,
    atMost: 50,
    needs: ['network namespaces', 'PgBouncer'],
    line: HELD,
    play: (after) => meetGhost(after, (place) => throughPooler(after, place, keepalives)),
  },
  {
    name: 'the holder vanished, behind a PgBouncer with `idle_transaction_timeout = 90`',
    does: 'waits for PgBouncer to notice, then repairs what the holder began',
    exitCode: 0,
    atMost: 105,
    needs: ['network namespaces', 'PgBouncer'],
    line: HELD,
    play: (after) => meetGhost(after, (place) => throughPooler(after, place, { idle_transaction_timeout: '90' })),
  },
  {
    name: 'the holder vanished, behind a PgBouncer with the keepalives of the system (2 h)',
    does: 'waits for `--timeout`, then ends, and names the holder',
    exitCode: 75,
    atMost: 55,
    needs: ['network namespaces', 'PgBouncer'],
    line: HELD,
    play: (after) => meetGhost(after, (place) => throughPooler(after, place, {}), ['--timeout', '50s']),
  },
  {
    name: 'the start itself holds the lock, and its own link goes down for good',
    does: 'notices, stops its migrations and ends',
    exitCode: 75,
    atMost: 60,
    needs: ['network namespaces'],
    line: /the connection that holds the lock was lost; trying to take the lock again/,
    async play(after) {
      const { environment, server, holder } = await setPlace(after);
      const start = startOf({ ...environment, KONG_PG_HOST: server.address });
      return watchStart(onMachine(holder, start), async (running) => {
        await running.waitForLine('core migrated up to: 000_base');
        holder.cutLink();
        return 'from here on';
      });
    },
  },
];

type Place = {
  readonly network: Network;
  readonly environment: Variables;
  readonly server: Machine;
  readonly serverPort: number;
  readonly holder: Machine;
};

/** A database on one machine, and another machine on which a bootstrap stops halfway. */
async function setPlace(after: Undo): Promise<Place> {
  const network = await createNetwork();
  after(() => network.close());
  const server = await network.addMachine();
  const stage = await setStage(after, {
    postgresql: serverOn(server),
    kong: { faults: [hangingBootstrap], lockSeconds: 5 },
  });
  const holder = await network.addMachine();
  return { network, environment: stage.environment, server, serverPort: stage.server.port, holder };
}

async function meetGhost(
  after: Undo,
  wayTo: (place: Place) => Promise<string>,
  options: readonly string[] = [],
): Promise<Watched> {
  const place = await setPlace(after);
  const [host = '', port] = (await wayTo(place)).split(':');
  const environment = {
    ...place.environment,
    KONG_PG_HOST: host,
    ...(port === undefined ? {} : { KONG_PG_PORT: port }),
  };
  const other = await place.network.addMachine();
  const ghost = await spawnEntrypoint(onMachine(place.holder, startOf(environment)));
  after(() => ghost.kill());
  await ghost.waitForLine('core migrated up to: 000_base');
  return watchStart(onMachine(other, startOf(environment, options)), async (running) => {
    await running.waitForLine(HELD);
    vanish(place.holder, ghost);
    return 'from here on';
  });
}

/** As a machine that loses its power: the link first, so that no word of its end gets out. */
function vanish(machine: Machine, running: RunningEntrypoint): void {
  machine.cutLink();
  running.kill();
}

async function throughPooler(
  after: Undo,
  { network, server, serverPort }: Place,
  settings: Readonly<Record<string, string>>,
): Promise<string> {
  const { address, withinAsServer: within } = await network.addMachine();
  const pooler = await startPgbouncer({
    serverHost: server.address,
    serverPort,
    user: KONG_USER,
    password: KONG_PASSWORD,
    poolSize: 5,
    settings,
    place: { within, address },
  });
  after(() => pooler.close());
  return `${address}:${pooler.port}`;
}
