import type { Database } from '../database/available/database.ts';
import { codeOfFault } from '../database/available/faults.ts';
import { readExecuted, readSchemaFacts } from '../database/memory/schema.ts';
import { ChildFailedError } from '../errors.ts';
import type { Log } from '../log.ts';
import { nowAndThen, pause, printDuration } from '../process/wait.ts';
import type { KongDatabase } from './kong-database.ts';
import { type KongMigrations, type KongProgram, openKongMigrations } from './kong-migrations.ts';
import { decide } from './policy.ts';
import { withPrivatePrefix } from './private-prefix.ts';
import { describeState, notBootstrapped, type SchemaState } from './schema-state.ts';
import { tellSlowPath } from './slow-path.ts';
import { withUncheckedSchema } from './unchecked-schema.ts';
import { isRememberedReady, readyRow } from './warm-start.ts';

const LOOK_EVERY = 2000;
/** Kong is asked again this often even if its tables say nothing new: a plugin of another image may have changed the answer. */
const ASK_EVERY = 30_000;
/** Kong's command fails while the database restarts; one that fails as often as this, with the database there, goes on failing. */
const MOST_FAILURES = 3;
const LACKS_A_RIGHT = '42501';

/** The policy `wait`: migrations are somebody else's job, and this start polls until the schema is ready for its Kong. */
export async function waitForSchema(program: KongProgram, kongDatabase: KongDatabase): Promise<void> {
  const started = performance.now();
  const took = (): string => printDuration(performance.now() - started);
  if (kongDatabase.hasTokenOfItsOwn()) {
    return withUncheckedSchema(program, kongDatabase, async ({ readState }) => {
      await poll(kongDatabase, readState, took);
    });
  }
  const database = await kongDatabase.open();
  const { schema } = kongDatabase.settings();
  try {
    if (await patiently(() => isRememberedReady(program, database, schema))) {
      return kongDatabase.log.info(`schema ready (remembered; --fast-path off asks Kong) in ${took()}`);
    }
    const { namespaces } = await withPrivatePrefix((prefix) => {
      const kong = openKongMigrations(program, prefix);
      return poll(kongDatabase, askSparingly(kong, database, schema, kongDatabase.log), took);
    });
    const row = readyRow(program, await readExecuted(database, await readSchemaFacts(database, schema)), namespaces);
    if ('missing' in row) tellSlowPath(row.missing, program.world.phases.took('migrations'), program);
  } finally {
    await database.close();
  }
}

/** What was read, or undefined where this role lacks a right to: it may still be granted. */
async function patiently<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (codeOfFault(error) !== LACKS_A_RIGHT) throw error;
    return undefined;
  }
}

async function poll(
  { log, signal }: KongDatabase,
  readState: () => Promise<SchemaState | undefined>,
  took: () => string,
): Promise<SchemaState> {
  const isLineDue = nowAndThen();
  for (;;) {
    const state = await patiently(readState);
    if (state !== undefined && decide({ state, policy: 'wait', interrupted: false }).kind === 'hand over') {
      log.info(`schema ready (${describeState(state)}) in ${took()}`);
      return state;
    }
    if (isLineDue()) {
      const missing = state === undefined ? 'tables that this role may not read yet' : describeState(state);
      log.info(`waiting for migrations that run elsewhere, ${took()} so far: the schema has ${missing}`);
    }
    await pause(LOOK_EVERY, signal);
  }
}

/** Asks Kong, which costs seconds of CPU, only when its tables have changed since it was asked last. */
function askSparingly(
  kong: KongMigrations,
  database: Database,
  pgSchema: string | undefined,
  log: Log,
): () => Promise<SchemaState | undefined> {
  let seen = '';
  let asked = Number.NEGATIVE_INFINITY;
  let state = notBootstrapped;
  let failures = 0;

  async function ask(): Promise<SchemaState | undefined> {
    try {
      return await kong.readState();
    } catch (error) {
      failures += 1;
      if (!(error instanceof ChildFailedError) || failures === MOST_FAILURES) throw error;
      log.warn(`${error.message}: asking again, as the database may just have gone (${failures} of ${MOST_FAILURES})`);
      return undefined;
    }
  }

  return async () => {
    const facts = await readSchemaFacts(database, pgSchema);
    if (!facts.isReadable) return undefined;
    if (!facts.isBootstrapped) return state;
    const now = JSON.stringify(await readExecuted(database, facts));
    if (now === seen && performance.now() - asked < ASK_EVERY) return state;
    const answer = await ask();
    if (answer === undefined) return state;
    state = answer;
    failures = 0;
    seen = now;
    asked = performance.now();
    return state;
  };
}
