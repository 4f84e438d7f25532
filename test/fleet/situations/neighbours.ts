import { setTimeout as sleep } from 'node:timers/promises';
import { startOf } from '../../migrations/scene.ts';
import { runEntrypoint, spawnEntrypoint } from '../../world/kong-entrypoint.ts';
import { DEFAULT_KNOBS, tableMigration } from '../../world/stand-in-kong/stand-in-kong.ts';
import { type Situation, watchStart } from '../situation.ts';
import { hangingBootstrap, openSession, setStage } from '../stage.ts';

const NOT_DISTURBED = { does: 'is not disturbed', exitCode: 0, atMost: 20, line: /schema ready \(up to date\)/ };

/** What others do in the same database at the same time. */
export const neighbourSituations: readonly Situation[] = [
  {
    name: 'a bootstrap was killed with its container',
    does: 'repairs it',
    exitCode: 0,
    atMost: 20,
    line: /bootstrap .*interrupted/,
    async play(after) {
      const { environment } = await setStage(after, { kong: { faults: [hangingBootstrap] } });
      const killed = await spawnEntrypoint(startOf(environment));
      await killed.waitForLine('core migrated up to: 000_base');
      await sleep(500);
      killed.kill();
      await killed.finished;
      return watchStart(startOf(environment));
    },
  },
  {
    ...NOT_DISTURBED,
    name: 'a session keeps a temporary table of its own, not committed',
    async play(after) {
      const stage = await setStage(after);
      const session = await openSession(after, stage);
      await session.query('BEGIN; CREATE TEMPORARY TABLE scratch (id int)');
      return watchStart(startOf(stage.environment));
    },
  },
  {
    ...NOT_DISTURBED,
    name: 'a session makes tables in another schema, not committed',
    async play(after) {
      const stage = await setStage(after);
      const session = await openSession(after, stage);
      await session.query('CREATE SCHEMA other');
      await session.query('BEGIN; CREATE TABLE other.made (id int)');
      return watchStart(startOf(stage.environment));
    },
  },
  {
    ...NOT_DISTURBED,
    name: 'VACUUM FULL runs in another schema',
    async play(after) {
      const stage = await setStage(after);
      const session = await openSession(after, stage);
      await session.query(`CREATE SCHEMA other; ${slowToVacuum('other.large')}`);
      const vacuum = session.query('VACUUM FULL other.large');
      after(async () => void (await vacuum));
      return watchStart(startOf(stage.environment));
    },
  },
  {
    name: "VACUUM FULL of a table of Kong's runs, and there are new migrations",
    does: 'waits for its end, then runs `up`',
    exitCode: 0,
    atMost: 40,
    line: /so far: PostgreSQL process \d+ is still changing tables of schema public/,
    async play(after) {
      const stage = await setStage(after);
      await runEntrypoint(startOf(stage.environment));
      stage.scene.world.kong.configure({
        migrations: [...DEFAULT_KNOBS.migrations, tableMigration('acl', '001_more')],
      });
      const session = await openSession(after, stage);
      await session.query(slowToVacuum('public.large'));
      const vacuum = session.query('VACUUM FULL public.large');
      after(async () => void (await vacuum));
      return watchStart(startOf(stage.environment, ['--migrations', 'up']));
    },
  },
  {
    ...NOT_DISTURBED,
    name: "a session has read a table of Kong's, and is idle in its transaction",
    async play(after) {
      const stage = await setStage(after);
      await runEntrypoint(startOf(stage.environment));
      const session = await openSession(after, stage);
      await session.query('BEGIN; SELECT * FROM schema_meta');
      return watchStart(startOf(stage.environment, ['--fast-path', 'off']));
    },
  },
];

/** A table with an index that takes five seconds to be made again, in a session that has been told so. */
function slowToVacuum(table: string): string {
  return `
    CREATE FUNCTION slowly(id int) RETURNS int IMMUTABLE LANGUAGE plpgsql
      AS $$ BEGIN PERFORM pg_sleep(current_setting('fleet.seconds', true)::float); RETURN id; END $$;
    CREATE TABLE ${table} (id int);
    CREATE INDEX ON ${table} (public.slowly(id));
    INSERT INTO ${table} VALUES (1);
    SET fleet.seconds = 5`;
}
