import type { ExecutedMigrations } from '../database/memory/schema.ts';

/** Kong's last three lines after a bootstrap that ran everything (cmd/utils/migrations.lua and db/init.lua). */
const ENDING = /^(\d+) migrations? processed\n\1 executed\nDatabase is up-to-date$/;
const MIGRATED = /^(\S+) migrated up to: (\S+) \(executed\)$/;

/**
 * Whether what `kong migrations bootstrap` printed proves that the schema is up to date, so that Kong need not be asked: it ends with Kong's
 * own words for that, and each migration that it says it has run, and no other, is what `schema_meta` now holds as executed, in the same
 * order, with nothing pending. One line too few or too many is a doubt, and every doubt is for Kong to settle.
 */
export function provesReady(stdout: string, rows: readonly ExecutedMigrations[]): boolean {
  const lines = stdout.split('\n').map((line) => line.trimEnd());
  const count = ENDING.exec(
    lines
      .filter((line) => line !== '')
      .slice(-3)
      .join('\n'),
  )?.[1];
  const migrated = lines.filter((line) => line.includes('migrated up to:')).map((line) => MIGRATED.exec(line));
  if (count === undefined || Number(count) !== migrated.length || migrated.length === 0) return false;
  const said = Map.groupBy(migrated, (match) => match?.[1]);
  if (said.has(undefined) || said.size !== rows.length) return false;
  return rows.every((row) => isWhatWasSaid(row, said.get(row.subsystem)?.map((match) => match?.[2]) ?? []));
}

function isWhatWasSaid(row: ExecutedMigrations, said: readonly (string | undefined)[]): boolean {
  const { executed, lastExecuted, pending } = row;
  const isSame = said.length === executed.length && said.every((migration, index) => migration === executed[index]);
  return isSame && lastExecuted === said.at(-1) && pending.length === 0;
}
