import type { Database } from '../database/available/database.ts';
import { readRemembered } from '../database/memory/remembered.ts';
import { type ExecutedMigrations, readSchemaFacts, type SchemaFacts } from '../database/memory/schema.ts';
import { findNamespaces, type NamedNamespaces } from './find-namespaces.ts';
import { type FingerprintInput, fingerprintSchema } from './fingerprint.ts';
import type { KongProgram } from './kong-migrations.ts';
import { luaTemplates } from './lua-path.ts';

/** Whether a start before this one found just this schema ready, for just this Kong. */
export async function isRememberedReady(
  program: KongProgram,
  database: Database,
  pgSchema: string | undefined,
): Promise<boolean> {
  return (await findRememberedReady(program, database, pgSchema)) !== undefined;
}

/** The facts of a schema that is remembered so, and undefined of another: two statements, and no process of Kong's. */
export async function findRememberedReady(
  program: KongProgram,
  database: Database,
  pgSchema: string | undefined,
): Promise<SchemaFacts | undefined> {
  if (program.settings.fastPath === 'off') return undefined;
  const facts = await readSchemaFacts(database, pgSchema);
  const remembered = await readRemembered(database, facts);
  if (remembered === undefined || remembered.ready.length === 0) return undefined;
  const { executed, ready } = remembered;
  if (executed.some(({ pending }) => pending.length > 0) && program.settings.migrations === 'finish') return undefined;
  const kong = kongOf(program);
  const digests = new Map<string, string | undefined>();
  const isKnown = ready.some(({ fingerprint, namespaces }) => {
    if (namespaces === null) return false;
    if (!digests.has(namespaces)) digests.set(namespaces, digestWith(kong, executed, namespaces));
    return digests.get(namespaces) === fingerprint;
  });
  return isKnown ? facts : undefined;
}

function digestWith(kong: Kong, executed: readonly ExecutedMigrations[], namespaces: string): string | undefined {
  const found = fingerprintSchema({ ...kong, executed, namespaces: namespaces.split(' ') });
  return 'digest' in found ? found.digest : undefined;
}

/** What a `ready` row holds, or why there can be none. */
export type ReadyRow = { readonly fingerprint: string; readonly namespaces: string } | { readonly missing: string };

/**
 * What to remember of a schema that is ready. The namespaces are those that Kong named; where it was not asked, those that the files show.
 */
export function readyRow(
  program: KongProgram,
  executed: readonly ExecutedMigrations[],
  named: NamedNamespaces | undefined,
): ReadyRow {
  const kong = kongOf(program);
  const found = findNamespaces(luaTemplates(kong), executed, named);
  if ('missing' in found) return found;
  const fingerprint = fingerprintSchema({ ...kong, executed, namespaces: found.namespaces });
  if ('missing' in fingerprint) return fingerprint;
  return { fingerprint: fingerprint.digest, namespaces: found.namespaces.join(' ') };
}

type Kong = Omit<FingerprintInput, 'executed' | 'namespaces'>;

/** This Kong, as far as its migrations go. */
function kongOf({ environment, dereferencer, path }: KongProgram): Kong {
  const { typed, kongVersion } = dereferencer.known;
  return {
    kong: path,
    kongVersion: kongVersion ?? 'unknown',
    plugins: typed.plugins ?? ['bundled'],
    luaPackagePath: typed.lua_package_path,
    environment,
  };
}
