import { parseArgs } from 'node:util';
import pg from 'pg';

/*
 * Of psql what the README of the compose files types: one command, as this user, over the socket.
 */
const { values } = parseArgs({ options: { username: { type: 'string' }, command: { type: 'string' } } });

async function run(): Promise<string> {
  const { username = 'postgres', command = '' } = values;
  const client = new pg.Client({ host: '/run/postgresql', user: username, database: username });
  await client.connect();
  const { command: done } = await client.query(command);
  await client.end();
  return done;
}

run().then(
  (done) => process.stdout.write(`${done}\n`),
  (error: Error) => {
    process.exitCode = 1;
    process.stderr.write(`ERROR:  ${error.message}\n`);
  },
);
