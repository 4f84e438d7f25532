import { startOf } from '../../migrations/scene.ts';
import { type Situation, type Undo, watchStart } from '../situation.ts';
import { serverWithSmallDisk } from '../small-disk.ts';
import { afterAWhile, openSession, SHORT, setStage } from '../stage.ts';

/** A disk of the server that is full when the schema is to be made. */
export const diskSituations: readonly Situation[] = [
  {
    name: 'the disk of the server is full (53100), and then has room',
    does: 'waits, then goes on',
    exitCode: 0,
    atMost: 40,
    needs: ['mount namespaces'],
    line: /waiting for PostgreSQL at \S+: .*\(53100\); [\d.]+ s left/,
    async play(after) {
      const { environment, makeRoom } = await fillDisk(after);
      return watchStart(startOf(environment), () => afterAWhile(makeRoom));
    },
  },
  {
    name: 'the disk of the server stays full (53100)',
    does: 'waits for `--database-timeout`, then ends',
    exitCode: 75,
    atMost: 15,
    needs: ['mount namespaces'],
    line: /error: .* was not available within 6\.0 s: .*\(53100\)/,
    async play(after) {
      const { environment } = await fillDisk(after);
      return watchStart(startOf(environment, SHORT));
    },
  },
];

async function fillDisk(after: Undo) {
  const disk = serverWithSmallDisk(after);
  const stage = await setStage(after, { postgresql: { within: disk.within } });
  const { server, environment } = stage;
  await server.query(`CREATE TABLESPACE small LOCATION '${disk.folder}'`);
  await server.query('GRANT CREATE ON TABLESPACE small TO PUBLIC');
  await server.query(`ALTER DATABASE ${environment.KONG_PG_DATABASE} SET default_tablespace = small`);
  const session = await openSession(after, stage);
  await session.query('CREATE SCHEMA filling; CREATE TABLE filling.large (text text)');
  for (let rows = 10_000; rows >= 1; rows /= 10) {
    const fill = `INSERT INTO filling.large SELECT repeat('x', 1000) FROM generate_series(1, ${rows})`;
    while (await session.query(fill).then(Boolean, () => false));
  }
  return { environment, makeRoom: () => session.query('DROP TABLE filling.large') };
}
