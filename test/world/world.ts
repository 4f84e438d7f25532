import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Postgresql, type PostgresqlOptions, startPostgresql } from './postgresql.ts';
import { installStandInKong, type StandInKong, type StandInOptions } from './stand-in-kong/stand-in-kong.ts';

export type WorldOptions = { readonly postgresql?: PostgresqlOptions; readonly kong?: StandInOptions };

/** A database, a stand-in of Kong and a folder for what a test writes: all that a start meets, but the vault. */
export type World = {
  /** A fresh temporary folder: unique, so its path marks every process that has it in its environment. */
  readonly folder: string;
  readonly postgresql: Postgresql;
  readonly kong: StandInKong;
  /** Makes an empty database that belongs to the role `kong`, and returns the variables that lead Kong there. */
  createKongDatabase(): Promise<KongEnvironment>;
  close(): Promise<void>;
};

export type KongEnvironment = Readonly<Record<string, string>> & { readonly KONG_PG_DATABASE: string };

export const KONG_USER = 'kong';
export const KONG_PASSWORD = 'correct horse battery staple';

/** Builds the world; `close()` leaves nothing of it. */
export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'world-'));
  const kong = installStandInKong(join(folder, 'kong'), options.kong);
  const postgresql = await startPostgresql(options.postgresql);
  let databases = 0;

  async function createKongDatabase(): Promise<KongEnvironment> {
    databases += 1;
    const number = databases;
    const database = `kong_${number}`;
    if (number === 1) await postgresql.createRole(KONG_USER, KONG_PASSWORD);
    await postgresql.createDatabase(database, KONG_USER);
    return {
      PATH: `${kong.bin}:/usr/local/bin:/usr/bin:/bin`,
      KONG_PREFIX: join(folder, `prefix-${number}`),
      KONG_ADMIN_LISTEN: '127.0.0.1:0',
      KONG_PG_HOST: postgresql.host,
      KONG_PG_PORT: String(postgresql.port),
      KONG_PG_USER: KONG_USER,
      KONG_PG_PASSWORD: KONG_PASSWORD,
      KONG_PG_DATABASE: database,
    };
  }

  return {
    folder,
    postgresql,
    kong,
    createKongDatabase,
    async close() {
      await postgresql.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
