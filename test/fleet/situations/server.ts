import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { startOf } from '../../migrations/scene.ts';
import { runEntrypoint } from '../../world/kong-entrypoint.ts';
import type { Postgresql } from '../../world/postgresql.ts';
import { KONG_PASSWORD, KONG_USER } from '../../world/world.ts';
import { type Situation, watchStart } from '../situation.ts';
import { afterAWhile, makeStandby, SHORT, type Stage, setStage } from '../stage.ts';

/** What befalls the server itself. */
export const serverSituations: readonly Situation[] = [
  {
    name: 'the server is down, and comes up',
    does: 'waits, then goes on',
    exitCode: 0,
    atMost: 40,
    line: /waiting for PostgreSQL at \S+: nothing listens there yet; [\d.]+ s left/,
    async play(after) {
      const { server, environment } = await setStage(after);
      await server.stop();
      return watchStart(startOf(environment), () => afterAWhile(() => server.start()));
    },
  },
  {
    name: 'the server is down, and stays down',
    does: 'waits for `--database-timeout`, then ends',
    exitCode: 75,
    atMost: 15,
    line: /error: KONG_PG_HOST: PostgreSQL at \S+ was not available within 6\.0 s: nothing listens there yet/,
    async play(after) {
      const { server, environment } = await setStage(after);
      await server.stop();
      return watchStart(startOf(environment, SHORT));
    },
  },
  {
    name: 'the server has no connection left (53300), and then one',
    does: 'waits, then goes on',
    exitCode: 0,
    atMost: 40,
    line: /waiting for PostgreSQL at \S+: .*\(53300\); [\d.]+ s left/,
    async play(after) {
      const stage = await setStage(after, { postgresql: { settings: { max_connections: '12' } } });
      const empty = await takeAllConnections(stage);
      after(empty);
      return watchStart(startOf(stage.environment), () => afterAWhile(empty));
    },
  },
  {
    name: 'the server never has a connection left (53300)',
    does: 'waits for `--database-timeout`, then ends',
    exitCode: 75,
    atMost: 15,
    line: /error: .* was not available within 6\.0 s: .*\(53300\)/,
    async play(after) {
      const stage = await setStage(after, { postgresql: { settings: { max_connections: '12' } } });
      after(await takeAllConnections(stage));
      return watchStart(startOf(stage.environment, SHORT));
    },
  },
  {
    name: 'the server is starting (57P03), and then takes connections',
    does: 'waits, then goes on',
    exitCode: 0,
    atMost: 40,
    line: /waiting for PostgreSQL at \S+: .*\(57P03\); [\d.]+ s left/,
    async play(after) {
      const { server, environment } = await setStage(after);
      await letNobodyIn(server);
      return watchStart(startOf(environment), () => afterAWhile(() => letEverybodyIn(server)));
    },
  },
  {
    name: 'the server never takes connections (57P03)',
    does: 'waits for `--database-timeout`, then ends',
    exitCode: 75,
    atMost: 15,
    line: /error: .* was not available within 6\.0 s: .*\(57P03\)/,
    async play(after) {
      const { server, environment } = await setStage(after);
      await letNobodyIn(server);
      return watchStart(startOf(environment, SHORT));
    },
  },
  {
    name: 'the server is read-only for a while, and the schema is empty',
    does: 'waits, then bootstraps',
    exitCode: 0,
    atMost: 40,
    line: /waiting for PostgreSQL at \S+: it is read-only, as it is during a failover; [\d.]+ s left/,
    async play(after) {
      const { server, environment } = await setStage(after);
      await makeStandby(server);
      await server.start();
      return watchStart(startOf(environment), () => afterAWhile(() => server.query('SELECT pg_promote()')));
    },
  },
  {
    name: 'the server stays read-only, and the schema is empty',
    does: 'waits for `--database-timeout`, then ends',
    exitCode: 77,
    atMost: 15,
    line: /error: KONG_PG_HOST: the server is read-only, and this start has to write/,
    async play(after) {
      const { server, environment } = await setStage(after);
      await makeStandby(server);
      await server.start();
      return watchStart(startOf(environment, SHORT));
    },
  },
  {
    name: 'the server stays read-only, and the schema is ready',
    does: 'hands over',
    exitCode: 0,
    atMost: 20,
    line: /schema ready \(up to date\)/,
    async play(after) {
      const { server, environment } = await setStage(after);
      await runEntrypoint(startOf(environment));
      await makeStandby(server);
      await server.start();
      return watchStart(startOf(environment, [...SHORT, '--fast-path', 'off']));
    },
  },
];

async function takeAllConnections({ server, environment }: Stage): Promise<() => Promise<void>> {
  const login = { user: KONG_USER, password: KONG_PASSWORD, database: environment.KONG_PG_DATABASE };
  const others = await Promise.all(Array.from({ length: 9 }, () => server.connect(login)));
  return async () => {
    await Promise.all(others.splice(0).map((other) => other.end()));
  };
}

/** A standby that shows nothing: every login gets 57P03, as while a server recovers. */
async function letNobodyIn(server: Postgresql): Promise<void> {
  await makeStandby(server, { hot_standby: 'off' });
  await server.start(() => assert.rejects(server.query('SELECT 1'), { code: '57P03' }));
}

async function letEverybodyIn(server: Postgresql): Promise<void> {
  await server.stop('immediate');
  rmSync(join(server.dataDirectory, 'standby.signal'));
  server.configure({});
  await server.start();
}
