import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type Pgbouncer, startPgbouncer } from '../../world/pgbouncer.ts';
import { KONG_PASSWORD, KONG_USER } from '../../world/world.ts';
import { type Situation, type Undo, type Watched, watchStart } from '../situation.ts';
import { afterAWhile, SHORT, type Stage, setStage, startBy } from '../stage.ts';

const modes = ['session', 'transaction'] as const;
type Mode = (typeof modes)[number];

const NOT_IN_TIME = /error: KONG_PG_HOST: PostgreSQL at \S+ was not available within 6\.0 s: .+/;
const WAITING = /waiting for PostgreSQL at \S+: .*; [\d.]+ s left/;
const ENDS = { does: 'waits for `--database-timeout`, then ends', exitCode: 75, atMost: 15, line: NOT_IN_TIME };
const GOES_ON = { does: 'waits, then goes on', exitCode: 0, atMost: 45, line: WAITING };

/** What befalls the server behind a pooler, which takes connections all the time. */
export const poolerSituations: readonly Situation[] = modes.flatMap((mode) => [
  ...(['stays down', 'comes back'] as const).flatMap((end): Situation[] => [
    {
      ...(end === 'comes back' ? GOES_ON : ENDS),
      name: `PgBouncer (${mode}) before a server that just went down, and ${end}`,
      needs: ['PgBouncer'],
      play: (after) => beforeDeadServer(after, mode, end, async () => undefined),
    },
    {
      ...(end === 'comes back' ? GOES_ON : ENDS),
      name: `PgBouncer (${mode}) says "server login has been failing", and the server ${end}`,
      needs: ['PgBouncer'],
      play: (after) => beforeDeadServer(after, mode, end, untilItSaysSo),
    },
  ]),
  {
    ...ENDS,
    name: `PgBouncer (${mode}) has no server connection left`,
    needs: ['PgBouncer'],
    async play(after) {
      const stage = await setStage(after);
      const pooler = await openPooler(after, stage, mode, 1);
      const other = await connectBy(pooler, stage);
      after(() => other.end());
      await other.query('BEGIN');
      return watchStart(startBy(stage, pooler.port, SHORT));
    },
  },
]);

/** The pooler has seen the server, so that a client can log in while it is down. */
async function beforeDeadServer(
  after: Undo,
  mode: Mode,
  end: 'stays down' | 'comes back',
  untilThen: (pooler: Pgbouncer, stage: Stage) => Promise<void>,
): Promise<Watched> {
  const stage = await setStage(after);
  const pooler = await openPooler(after, stage, mode, 5);
  await (await connectBy(pooler, stage)).end();
  await stage.server.stop('immediate');
  await untilThen(pooler, stage);
  if (end === 'stays down') return watchStart(startBy(stage, pooler.port, SHORT));
  return watchStart(startBy(stage, pooler.port), () => afterAWhile(() => stage.server.start()));
}

async function openPooler(after: Undo, { server }: Stage, mode: Mode, poolSize: number): Promise<Pgbouncer> {
  const login = { user: KONG_USER, password: KONG_PASSWORD };
  const pooler = await startPgbouncer({ serverPort: server.port, ...login, poolSize, mode });
  after(() => pooler.close());
  return pooler;
}

async function connectBy(pooler: Pgbouncer, { environment }: Stage): Promise<pg.Client> {
  const login = { user: KONG_USER, password: KONG_PASSWORD, database: environment.KONG_PG_DATABASE };
  const client = new pg.Client({ host: '127.0.0.1', port: pooler.port, ...login, ssl: false });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('SELECT 1');
  return client;
}

async function untilItSaysSo(pooler: Pgbouncer, stage: Stage): Promise<void> {
  for (let said = ''; !said.includes('server login has been failing'); ) {
    const attempt = connectBy(pooler, stage).then(
      (client) => client.end(),
      (error: Error) => error,
    );
    const answer = await Promise.race([attempt, sleep(500)]);
    said = answer instanceof Error ? answer.message : '';
  }
}
