import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type pg from 'pg';
import type { Database } from '../../src/database/available/database.ts';
import { waitUntilQuiet } from '../../src/database/lock/quiet.ts';
import { openMemory } from '../../src/database/memory/memory.ts';
import { readSchemaFacts } from '../../src/database/memory/schema.ts';
import { createLog } from '../../src/log.ts';
import { type Postgresql, startPostgresql } from '../world/postgresql.ts';

let server: Postgresql;
let ours: pg.Client;
let database: Database;

before(async () => {
  server = await startPostgresql();
  ours = await server.connect({});
  await ours.query(`CREATE SCHEMA kong; CREATE SCHEMA other;
    CREATE TABLE kong.services (id int); INSERT INTO kong.services VALUES (1); CREATE TABLE other.orders (id int);
    CREATE FUNCTION slowly(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1); RETURN $1; END';
    CREATE TABLE kong.plugins (id int); INSERT INTO kong.plugins VALUES (1); CREATE INDEX ON kong.plugins (slowly(id))`);
  const query = async (text: string, values: readonly unknown[] = []) => (await ours.query(text, [...values])).rows;
  database = { query, run: (statements: (client: pg.Client) => unknown) => statements(ours) } as never;
});
after(async () => {
  await ours?.end();
  await server?.close();
});

/** Whether a start would wait while another session is in the middle of this; and what it says then. */
async function waitsFor(statements: string, isAtWork = false): Promise<string | undefined> {
  const stranger = await server.connect({});
  const working = stranger.query(statements);
  if (isAtWork) await untilSomethingIsLocked();
  else await working;
  const lines: string[] = [];
  const log = createLog({ level: 'info', format: 'text', write: (line) => void lines.push(line), now: Date.now });
  const waiting = new AbortController();
  const facts = await readSchemaFacts(database, 'kong');
  const memory = openMemory(database, facts, log);
  const quiet = waitUntilQuiet({ database, facts, memory, kongVersion: '3.9.1', signal: waiting.signal, log }).then(
    () => true,
    () => false,
  );
  const isQuiet = await Promise.race([
    quiet,
    new Promise((resolve) => setTimeout(resolve, isAtWork ? 0 : 1800, false)),
  ]);
  if (isAtWork) assert.equal(await quiet, true, 'it is waited for, to its end');
  waiting.abort();
  await quiet;
  await working;
  await stranger.query('ROLLBACK');
  await stranger.end();
  return isQuiet === true ? undefined : (lines[0] ?? 'no line yet');
}

async function untilSomethingIsLocked(): Promise<void> {
  const sql = `SELECT 1 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation = 'kong.plugins'::regclass`;
  while ((await ours.query(sql)).rows.length === 0);
}

const strangers = {
  'has made a temporary table': 'BEGIN; CREATE TEMP TABLE mine (id int)',
  "has made a temporary table of Kong's rows": 'BEGIN; CREATE TEMP TABLE mine AS SELECT * FROM kong.services',
  "has made a temporary table and written Kong's rows":
    'BEGIN; CREATE TEMP TABLE mine (id int); UPDATE kong.services SET id = 2',
  'has made a table in another schema': 'BEGIN; CREATE TABLE other.bills (id int)',
  'has made another schema and a table in it':
    'BEGIN; CREATE SCHEMA third; CREATE TABLE third.bills (id int PRIMARY KEY)',
  'changes a table of another schema': 'BEGIN; ALTER TABLE other.orders ADD at date; CREATE INDEX ON other.orders (id)',
  "has read a table of Kong's and idles": 'BEGIN; SELECT * FROM kong.services',
};

describe('a session of the same database that', () => {
  for (const [what, statements] of Object.entries(strangers)) {
    test(`${what} is not waited for`, async () => assert.equal(await waitsFor(statements), undefined));
  }

  const changing =
    /: PostgreSQL process \d+ at 127\.0\.0\.1 since [\d:]+ UTC is still changing tables of schema kong\n$/;
  for (const statements of [
    'BEGIN; CREATE TABLE kong.routes (id int)',
    'BEGIN; ALTER TABLE kong.services ADD name text',
    'BEGIN; CREATE INDEX ON kong.services (id)',
    'BEGIN; DROP TABLE kong.services',
  ]) {
    test(`is in the middle of ${statements.slice(7)} is waited for, and named`, async () =>
      assert.match((await waitsFor(statements)) ?? '', changing));
  }

  test("rewrites a table of Kong's by VACUUM FULL is waited for until that is done", async () =>
    assert.notEqual(await waitsFor('VACUUM FULL kong.plugins', true), undefined));
});
