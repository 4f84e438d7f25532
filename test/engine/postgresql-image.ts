import pg from 'pg';
import type { Engine } from './engine.ts';
import { untilAnswers } from './until-answers.ts';

/** By its official name: a stand-in here, the real one where CI says so. */
export const POSTGRESQL = process.env['KONG_ENTRYPOINT_TEST_POSTGRESQL_IMAGE'] ?? 'postgres:17';

type Place = { readonly name: string; readonly network: string; readonly password: string };

/** Starts the image under the name, and returns the address of its database `kong`. */
export async function startPostgresqlImage(engine: Engine, { name, network, password }: Place): Promise<string> {
  const variables = { POSTGRES_USER: 'kong', POSTGRES_DB: 'kong', POSTGRES_PASSWORD: password };
  const flags = Object.entries(variables).map(([name, value]) => `--env=${name}=${value}`);
  const where = [`--network=${network}`, '--publish=127.0.0.1::5432', '--user=postgres'];
  await engine.docker('run', '--detach', `--name=${name}`, ...where, ...flags, POSTGRESQL);
  const url = `postgres://kong:${password}@${await engine.docker('port', name, '5432/tcp')}/kong`;
  await untilAnswers(engine, name, () => query(url, 'SELECT 1'));
  return url;
}

/** Runs one statement. */
export async function query(connectionString: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(text);
  } finally {
    await client.end();
  }
}
