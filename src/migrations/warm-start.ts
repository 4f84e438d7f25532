import type { Database } from '../database/available/database.ts';
import { readRemembered } from '../database/memory/memory.ts';
import { type ExecutedMigrations, readSchemaFacts } from '../database/memory/schema.ts';
import { fingerprintSchema } from './fingerprint.ts';
import { connectionSettings, type Work } from './work.ts';

/** Whether a start before this one found just this schema ready, for just this Kong: two statements, and no process of Kong's. */
export async function isRememberedReady(work: Work, database: Database): Promise<boolean> {
  if (work.settings.fastPath === 'off') return false;
  const facts = await readSchemaFacts(database, connectionSettings(work).schema);
  const remembered = await readRemembered(database, facts);
  if (remembered === undefined || remembered.ready.length === 0) return false;
  if (remembered.executed.some(({ pending }) => pending.length > 0) && work.settings.migrations === 'finish')
    return false;
  const fingerprint = fingerprintOf(work, remembered.executed);
  return fingerprint !== undefined && remembered.ready.includes(fingerprint);
}

/** The fingerprint of the schema as this Kong sees it; undefined where Kong's files cannot all be found. */
export function fingerprintOf(work: Work, executed: readonly ExecutedMigrations[]): string | undefined {
  const { environment, dereferencer, kong, kongVersion } = work;
  const { typed } = dereferencer.known;
  return fingerprintSchema({
    kong,
    kongVersion: kongVersion ?? 'unknown',
    plugins: typed.plugins ?? ['bundled'],
    luaPaths: [typed.lua_package_path, environment['LUA_PATH']],
    executed,
  });
}
