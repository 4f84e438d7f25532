import { once } from 'node:events';
import { request } from 'node:https';
import pg from 'pg';
import { startLoopbackServer } from '../../test/emulators/loopback-server.ts';
import { selfSigned } from '../../test/emulators/self-signed.ts';
import { KONG_PASSWORD, KONG_USER } from '../../test/world/world.ts';
import type { Environment } from './contender.ts';
import { type Summary, summarize } from './statistics.ts';

/** What nobody can do without, by programs that are loaded and warm, with both ends on this machine. */
export async function measureFloors(
  environment: Environment,
  rounds: number,
): Promise<Readonly<Record<string, Summary>>> {
  const identity = selfSigned();
  const server = await startLoopbackServer((_request, response) => void response.end('{}'), { identity });
  try {
    return {
      'one request over a TLS connection of its own': await timeEach(rounds, () => askOnce(server.url, identity.cert)),
      'one login to PostgreSQL, SCRAM-SHA-256': await timeEach(rounds, () => logIn(environment)),
    };
  } finally {
    await server.close();
  }
}

/** The first runs only warm. */
async function timeEach(rounds: number, action: () => Promise<void>): Promise<Summary> {
  const times: number[] = [];
  for (let round = -5; round < rounds; round += 1) {
    const started = performance.now();
    await action();
    if (round >= 0) times.push(performance.now() - started);
  }
  return summarize(times);
}

async function askOnce(url: string, ca: string): Promise<void> {
  const asked = request(url, { ca, agent: false }).end();
  const [response] = await once(asked, 'response');
  await once(response.resume(), 'end');
}

async function logIn({ KONG_PG_HOST, KONG_PG_PORT, KONG_PG_DATABASE }: Environment): Promise<void> {
  const client = new pg.Client({
    host: KONG_PG_HOST,
    port: Number(KONG_PG_PORT),
    database: KONG_PG_DATABASE,
    user: KONG_USER,
    password: KONG_PASSWORD,
  });
  await client.connect();
  await client.end();
}
