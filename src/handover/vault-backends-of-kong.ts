import { readdirSync, realpathSync } from 'node:fs';
import { posix } from 'node:path';
import { codeOf, SettingError } from '../errors.ts';
import type { FoundReference } from '../references/find-references.ts';
import { printReference } from '../references/print-reference.ts';
import { parseReference } from '../references/reference.ts';
import { nameSetting } from '../settings/setting.ts';
import { isBackendOfKong } from '../vaults/backends.ts';

/** Where LuaRocks puts Kong's Lua files, seen from the folder of the `kong` program. */
const FROM_PROGRAM = '../share/lua/5.1/kong/vaults';
const OFFICIAL = '/usr/local/share/lua/5.1/kong/vaults';

/**
 * Throws SettingError if a reference is about to reach a Kong that has the `env` backend and not the one it names, as open-source Kong
 * has no other. Where Kong's files cannot be found nothing is said: Kong decides.
 */
export function assertKongHasBackends(references: readonly FoundReference[], kong: string): void {
  const backends = listBackends(kong);
  if (!backends?.has('env')) return;
  const unknown = references.filter(({ text }) => !backends.has(backendOf(text) ?? 'env'));
  const [first] = unknown;
  if (first === undefined) return;
  const vault = backendOf(first.text);
  throw new SettingError(
    `this Kong has no vault backend ${vault}, and could not dereference ${printReference(first.text)}`,
    {
      subject: unknown.map(({ setting }) => nameSetting(setting)).join(', '),
      hint: 'open-source Kong has only env: use --handover values (KONG_ENTRYPOINT_HANDOVER=values), or an Enterprise image; --handover references starts Kong regardless',
    },
  );
}

/** Undefined for a reference that is malformed or names an entity: dereferencing tells of those, all of them together. */
function backendOf(text: string): string | undefined {
  try {
    const { vaultPrefix } = parseReference(text);
    return isBackendOfKong(vaultPrefix) ? vaultPrefix : undefined;
  } catch (error) {
    if (error instanceof SettingError) return undefined;
    throw error;
  }
}

function listBackends(kong: string): Set<string> | undefined {
  for (const folder of [
    posix.join(posix.dirname(kong), FROM_PROGRAM),
    posix.join(realFolder(kong), FROM_PROGRAM),
    OFFICIAL,
  ]) {
    try {
      return new Set(readdirSync(folder).map((name) => name.replace(/\.(?:lua|ljbc)$/, '')));
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ENOTDIR' && codeOf(error) !== 'EACCES') throw error;
    }
  }
  return undefined;
}

function realFolder(path: string): string {
  return posix.dirname(realpathSync(path));
}
