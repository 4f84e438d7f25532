import { readFileSync, statSync } from 'node:fs';
import { type FileIdentity, isSameFile } from '../process/executable.ts';
import type { EntrypointSettings } from '../settings/entrypoint-settings.ts';
import { imageScripts, publishedScripts, type ScriptEffects, withoutScript } from './published-scripts.ts';

/** How `docker-start` runs, for `kong docker-start` exists only in the entry scripts of images, and why so. */
export type DockerStart =
  | { readonly kind: 'script'; readonly path: string; readonly because: string }
  | { readonly kind: 'native'; readonly effects: ScriptEffects; readonly because: string };

/** Far above the size of any entry script of Kong's. */
const LARGEST = 64 * 1024;

/**
 * Decides between the image's script and the native start. `auto` takes the native start where the script is, byte for byte, one that Kong
 * publishes, for then its effects are known, and where there is none, as in images without a shell. A script that is named is run.
 */
export function chooseDockerStart(
  { start, program }: Pick<EntrypointSettings, 'start' | 'program'>,
  self: FileIdentity | undefined,
): DockerStart {
  if (program !== undefined && start !== 'native')
    return { kind: 'script', path: program, because: 'KONG_ENTRYPOINT_PROGRAM names it' };
  const path = imageScripts.find((candidate) => isOther(candidate, self));
  const effects = path === undefined ? withoutScript : effectsOf(path);
  if (start === 'native') return { kind: 'native', effects: effects ?? withoutScript, because: '--start native' };
  if (path === undefined) return { kind: 'native', effects: withoutScript, because: 'the image has no entry script' };
  if (start === 'image') return { kind: 'script', path, because: '--start image' };
  if (effects === undefined) return { kind: 'script', path, because: 'it is not a script that Kong publishes' };
  return { kind: 'native', effects, because: `${path} is that of ${effects.of}` };
}

function isOther(path: string, self: FileIdentity | undefined): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true && !isSameFile(stats, self);
}

/** Undefined for a script of somebody else's, and for one that cannot be read. */
function effectsOf(path: string): ScriptEffects | undefined {
  try {
    if (statSync(path).size > LARGEST) return undefined;
    const { hash } = process.getBuiltinModule('node:crypto');
    return publishedScripts.get(hash('sha256', readFileSync(path)));
  } catch {
    return undefined;
  }
}
